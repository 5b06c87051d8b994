import { checkOptions } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import { modelCatalogue, modelNamed } from "./catalogue/model-catalogue.ts";
import { describedHost } from "./described-host.ts";
import type { Engine } from "./engine.ts";
import type { Host } from "./host.ts";
import type { ModelShape } from "./model-shape.ts";
import { catalogueWeights, fileWeights, type ModelWeights } from "./model-weights.ts";
import { nearestPlans } from "./nearest-plans.ts";
import { poolOf, type Fit } from "./plan-fit.ts";
import { alternativesOf, firstFit, type Search } from "./plan-search.ts";
import type { Plan, PlanSpec } from "./plan-value.ts";
import { bytesText, countText } from "./plan-words.ts";
import { plannedSpeed } from "./planned-speed.ts";
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

const usualContext = 32_768;
const leastContext = 4_096;
/** Sequences that a server is set up for at most where nobody says how many. */
const mostSequences = 256;

/**
 * Chooses how to serve a model on a host: engine, weights, devices, context, and the command line. Rejects with
 * `unsupported` where it does not fit, or not so; the hint names the nearest plans that do, with their numbers. Rejects with
 * `invalid-request` for an unknown option, host or engine, with `not-found` for an unknown model, and as `readModel` does.
 */
export async function plan(spec: PlanSpec, context: PlanContext): Promise<Plan> {
  checkSpec(spec);
  const host = await hostOf(spec, context);
  const model = await modelOf(spec.model, context);
  const search = searchOf(spec, model, host, context.engines);
  const fit = firstFit(search);
  if (!fit) throw doesNotFit(spec, model, search, context.engines);
  const { gpus: _gpus, ...free } = search;
  const contexts = [fit.plan.contextLength];
  return planOf(spec, model, host, fit, {
    ...free,
    engines: considered(context.engines, host, fit),
    weights: model.weights,
    contexts,
  });
}

/** The engines that are compared with the chosen one. */
const considered = (engines: readonly Engine[], host: Host, { engine }: Fit): readonly Engine[] =>
  engines.filter((one) => one === engine || one.suits(host));

function checkSpec(spec: PlanSpec): void {
  checkOptions("plan", spec, known);
  for (const name of ["context", "parallel", "gpus", "machines", "port"] as const) {
    const value = spec[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw new InhouseError("invalid-request", `plan: ${name} is not a whole number from 1 on.`);
  }
  if (spec.model === undefined || spec.model === "") {
    throw new InhouseError("invalid-request", "plan: no model is named.", { hint: knownNames() });
  }
}

async function hostOf({ on, gpus }: PlanSpec, context: PlanContext): Promise<Host> {
  const host = on === undefined ? await context.host() : typeof on === "string" ? describedHost(on) : on;
  if (gpus === undefined || gpus <= host.gpus.length) return host;
  throw new InhouseError("invalid-request", `plan: ${gpus} GPUs are more than the host's ${host.gpus.length}.`);
}

async function modelOf(model: PlanSpec["model"], { readModel }: PlanContext): Promise<ModelWeights> {
  if (typeof model !== "string") return fileWeights(model);
  const found = modelNamed(model);
  if (found) return catalogueWeights(found);
  if (!/[/\\]|^\.|\.gguf$/.test(model)) {
    throw new InhouseError("not-found", `The catalogue has no model "${model}".`, { hint: knownNames() });
  }
  return fileWeights(await readModel(model), model);
}

const knownNames = (): string =>
  `Name one of ${modelCatalogue.map(({ name }) => name).join(", ")}, or give the path or address of its files (./model).`;

function searchOf(spec: PlanSpec, model: ModelWeights, host: Host, engines: readonly Engine[]): Search {
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

function doesNotFit(spec: PlanSpec, model: ModelWeights, search: Search, engines: readonly Engine[]): InhouseError {
  const [contextLength = 0] = search.contexts.slice(-1);
  const refused = alternativesOf(search, undefined);
  const reasons = refused.slice(0, 3).map(({ engine, quantization, why }) => `${engine} with ${quantization}: ${why}`);
  const none = search.engines.length === 0 ? ["No engine suits it."] : ["Nothing is offered in that format."];
  const near = nearestPlans(spec, model, search, engines);
  return new InhouseError(
    "unsupported",
    `${model.title} with ${countText(contextLength)} tokens of context does not fit on ${hostText(search.host, search.machines)}. ${(reasons.length > 0 ? reasons : none).join(" ")}`,
    {
      hint:
        near.length > 0
          ? `These fit: ${near.join("; ")}.`
          : 'Nothing near fits: name a larger host, such as "8x H200", or several machines.',
    },
  );
}

/** What a host is, in a few words. */
export function hostText({ gpus, memoryBytes }: Host, machines = 1): string {
  const counts = new Map<string, number>();
  for (const { name, memoryBytes: own } of gpus) {
    const kind = own === undefined ? name : `${name} (${bytesText(own)})`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const parts = [
    ...[...counts].map(([name, count]) => `${count}x ${name}`),
    ...(memoryBytes === undefined ? [] : [`${bytesText(memoryBytes)} of main memory`]),
  ];
  const one = parts.length > 0 ? parts.join(", ") : "a machine of which nothing is known";
  return machines > 1 ? `${machines} machines of ${one}` : one;
}

function planOf(spec: PlanSpec, model: ModelWeights, host: Host, fit: Fit, others: Search): Plan {
  const { engine, weights, layout, economy, estimate, devices } = fit;
  const { contextLength } = fit.plan;
  const { machines = 1, kvType } = spec;
  const onGpus = layout.place === "gpus" && machines === 1;
  const replicas = onGpus && engine.copies(weights.shape) ? Math.floor(host.gpus.length / (layout.gpus ?? 1)) : 1;
  const pool = engine.pooledCache ? poolOf(fit, mostSequences) : undefined;
  const parallel = spec.parallel ?? pool?.sequences ?? 1;
  const concurrent = spec.parallel ?? Math.max(parallel, pool?.concurrent ?? 1);
  const keyType = kvType ?? engine.memory.complete(fit.plan, weights.shape).keyType;
  const speed = plannedSpeed(fit, host, concurrent, replicas);
  const launch = engine.launch({
    weights,
    host,
    layout,
    economy,
    machines,
    contextLength,
    parallel,
    concurrent,
    ...(kvType === undefined ? {} : { kvType }),
    ...(fit.plan.batchTokens === undefined ? {} : { batchTokens: fit.plan.batchTokens }),
    replicas,
    servedName: model.name,
    ...(model.toolParser === undefined ? {} : { toolParser: model.toolParser }),
    ...(model.reasoningParser === undefined ? {} : { reasoningParser: model.reasoningParser }),
    address: spec.address ?? "127.0.0.1",
    port: spec.port ?? engine.port,
  });
  return {
    engine: engine.name,
    model: {
      name: model.name,
      title: model.title,
      ...(model.licence === undefined ? {} : { licence: model.licence }),
      ...(model.parameters ? { parameters: model.parameters } : {}),
      source: weights.source,
      format: weights.format,
      quantization: weights.quantization,
      origin: weights.origin,
      weightBytes: weights.shape.weightBytes ?? 0,
    },
    on: hostText(host, machines),
    layout: { ...layout, machines, replicas },
    contextLength,
    parallel,
    concurrent,
    kvType: keyType,
    kvBits: engine.memory.cacheBits[keyType] ?? 16,
    ...(pool ? { roomTokens: pool.tokens } : {}),
    memory: { ...estimate, devices },
    ...(speed ? { speed } : {}),
    ...launch,
    warnings: [
      ...launch.warnings,
      ...(weights.note === undefined ? [] : [weights.note]),
      ...ownWarnings(spec, model, fit),
      ...model.warnings,
    ],
    alternatives: alternativesOf(others, fit),
  };
}

function ownWarnings(
  { context, address }: PlanSpec,
  { contextLength: trained = 0 }: ModelWeights,
  fit: Fit,
): readonly string[] {
  const { contextLength } = fit.plan;
  const close = fit.devices.filter(({ highBytes, roomBytes = highBytes }) => highBytes > roomBytes);
  const usual = Math.min(usualContext, trained);
  return [
    ...(close.length > 0
      ? [
          "It is close: what the server works with beside weights and cache is a rule of thumb, and at its highest there is no room for it. Start it once before you rely on it.",
        ]
      : []),
    ...(context === undefined && contextLength < usual
      ? [`The context is ${countText(contextLength)} tokens because ${countText(usual)} do not fit.`]
      : []),
    ...(context === undefined && contextLength === usual && usual < trained
      ? [`The context is set to ${countText(usual)} tokens; the model was trained for ${countText(trained)}.`]
      : []),
    ...(address !== undefined && !/^(127\.|localhost$|::1$)/.test(address)
      ? ["The server listens beyond this machine without a key: put a proxy or a key before it."]
      : []),
  ];
}
