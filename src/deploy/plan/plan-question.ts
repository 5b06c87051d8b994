import { checkOptions } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import { modelCatalogue, modelNamed } from "../catalogue/model-catalogue.ts";
import type { Engine } from "../engine.ts";
import { describedHost } from "../host/described-host.ts";
import type { Host } from "../host/host.ts";
import type { ModelShape } from "../shape/model-shape.ts";
import { catalogueWeights, fileWeights, type ModelWeights } from "./model-weights.ts";
import type { Search } from "./plan-search.ts";
import type { PlanSpec } from "./plan-value.ts";
import { countText } from "./plan-words.ts";
import { wantedWeights } from "./wanted-weights.ts";

/** What making a plan needs beside its spec. */
export interface PlanContext {
  /** The first that suits a host is taken where the spec names none. */
  readonly engines: readonly Engine[];
  /** Reads a model that is no name of the catalogue. */
  readModel(place: string): Promise<ModelShape>;
  /** This machine. */
  host(): Promise<Host>;
}

const known: Record<keyof PlanSpec, true> = {
  model: true,
  files: true,
  on: true,
  context: true,
  parallel: true,
  engine: true,
  quantization: true,
  kvType: true,
  gpus: true,
  machines: true,
  address: true,
  port: true,
};

/** The context where nobody asks for one, and down to what it is halved until the model fits. */
export const usualContext = 32_768;
const leastContext = 4_096;

/** Refuses a spec with an unknown option, a number or address that is none, or no model. */
export function checkSpec(spec: PlanSpec): void {
  checkOptions("plan", spec, known);
  for (const name of ["context", "parallel", "gpus", "machines", "port"] as const) {
    const value = spec[name];
    const [least, most] = name === "port" ? [0, 65_535] : [1, Number.MAX_SAFE_INTEGER];
    if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) continue;
    const range = name === "port" ? `from ${least} to ${most}` : `from ${least} on`;
    throw new InhouseError("invalid-request", `plan: ${name} is not a whole number ${range}.`);
  }
  if (spec.address !== undefined && !/^[\w.:[\]%-]+$/.test(spec.address)) {
    throw new InhouseError("invalid-request", "plan: address is neither an address nor the name of a machine.", {
      hint: "Write 127.0.0.1, ::1, 0.0.0.0 for all of IPv4, or leave it out for this machine alone.",
    });
  }
  if (spec.model === undefined || spec.model === "") {
    throw new InhouseError("invalid-request", "plan: no model is named.", { hint: knownNames() });
  }
}

/** The host that a spec names. Throws `invalid-request` where it has fewer GPUs than are asked for. */
export async function hostOf({ on, gpus }: PlanSpec, context: PlanContext): Promise<Host> {
  const host = on === undefined ? await context.host() : typeof on === "string" ? describedHost(on) : on;
  if (gpus === undefined || gpus <= host.gpus.length) return host;
  throw new InhouseError("invalid-request", `plan: ${gpus} GPUs are more than the host's ${host.gpus.length}.`);
}

/** The model that a spec names, by the catalogue or by its files. */
export async function modelOf({ model, files }: PlanSpec, { readModel }: PlanContext): Promise<ModelWeights> {
  const found = typeof model === "string" ? modelNamed(model) : undefined;
  if (found && files === undefined) return catalogueWeights(found);
  if (found && files !== undefined) {
    return { ...catalogueWeights(found), weights: fileWeights(await readModel(files), files).weights };
  }
  if (files !== undefined) {
    throw new InhouseError("invalid-request", "plan: files goes with the name of a catalogue's model.", {
      hint: "Any other model is given by its files alone: pass their place as model.",
    });
  }
  if (typeof model !== "string") return fileWeights(model);
  if (!/[/\\]|^\.|\.gguf$/.test(model)) {
    throw new InhouseError("not-found", `The catalogue has no model "${model}".`, { hint: knownNames() });
  }
  return fileWeights(await readModel(model), model);
}

const knownNames = (): string =>
  `Name one of ${modelCatalogue.map(({ name }) => name).join(", ")}, or give the path or address of its files (./model).`;

/** What is looked through for a spec. */
export function searchOf(spec: PlanSpec, model: ModelWeights, host: Host, engines: readonly Engine[]): Search {
  const { engine: name, kvType, gpus, machines = 1, parallel = 1, quantization } = spec;
  const named = engines.filter((engine) => engine.name === name);
  if (name !== undefined && named.length === 0) {
    throw new InhouseError("invalid-request", `plan: there is no engine "${name}".`, {
      hint: `There are ${engines.map((engine) => engine.name).join(", ")}.`,
    });
  }
  checkCacheType(kvType, name === undefined ? engines : named);
  return {
    engines: name === undefined ? engines.filter((engine) => engine.suits(host)) : named,
    weights: wantedWeights(model, quantization),
    host,
    contexts: contextsOf(spec, model),
    sequences: parallel,
    ...(kvType === undefined ? {} : { kvType }),
    ...(gpus === undefined ? {} : { gpus }),
    machines,
  };
}

function checkCacheType(kvType: string | undefined, engines: readonly Engine[]): void {
  if (kvType === undefined || engines.some(({ memory }) => memory.cacheBits[kvType] !== undefined)) return;
  const types = engines.map(({ name, memory }) => `${name}: ${Object.keys(memory.cacheBits).join(", ")}`);
  throw new InhouseError("invalid-request", `plan: there is no KV cache of type "${kvType}".`, {
    hint: `There are, of ${types.join("; ")}.`,
  });
}

function contextsOf({ context }: PlanSpec, { title, contextLength = usualContext }: ModelWeights): readonly number[] {
  if (context !== undefined && context > contextLength) {
    throw new InhouseError(
      "invalid-request",
      `${title} was trained for ${countText(contextLength)} tokens of context.`,
      {
        hint: "Ask for no more than that.",
      },
    );
  }
  if (context !== undefined) return [context];
  const most = Math.min(usualContext, contextLength);
  const steps = [1, 2, 4, 8].map((part) => Math.floor(most / part)).filter((tokens) => tokens >= leastContext);
  return steps.length > 0 ? steps : [most];
}
