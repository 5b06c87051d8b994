import { checkOptions } from "../core/check-options.ts";
import type { Engine } from "../deploy/engine.ts";
import { foundHost } from "../deploy/host/found-host.ts";
import type { Plan, PlanSpec } from "../deploy/plan/plan-value.ts";
import { plan as planWith } from "../deploy/plan/plan.ts";
import { readModel, readModelOptions, type ReadModelOptions } from "./reading.ts";
import { usualEngines } from "./usual-engines.ts";

/** Options of `plan`: those of reading a model's files, and further engines. */
export interface PlanOptions extends ReadModelOptions {
  /** What a plan is made for. Default: vLLM, llama-server, Ollama. The first that suits a host is taken. */
  readonly engines?: readonly Engine[];
}

/**
 * Chooses how to serve a model on a host: engine, weights, GPUs, context, and the exact command line, with the memory by its
 * terms and the speed that may be expected. Rejects with `unsupported` where it does not fit or the GPUs cannot do it: the hint
 * names the nearest plans that do, with their numbers. Rejects with `invalid-request` for an unknown option, host or
 * engine, with `not-found` for a name that the catalogue lacks, and as `readModel` does.
 */
export async function plan(spec: PlanSpec, options: PlanOptions = {}): Promise<Plan> {
  checkOptions("plan", options, { ...readModelOptions, engines: true });
  const { engines = usualEngines, ...reading } = options;
  const { signal } = options;
  return await planWith(spec, {
    engines,
    readModel: (place) => readModel(place, reading),
    host: () => foundHost(signal ? { signal } : {}),
  });
}
