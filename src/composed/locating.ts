import { checkOptions } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import { originOf } from "../core/listening-address.ts";
import type { Engine } from "../deploy/engine.ts";
import { engineOf } from "../deploy/known-engine.ts";
import type { Plan } from "../deploy/plan/plan-value.ts";
import { usualEngines } from "./usual-engines.ts";

/** Options of `plannedURL`. */
export interface PlannedURLOptions {
  /** Where the plan's engine is looked for. Default: vLLM, llama-server, Ollama. */
  readonly engines?: readonly Engine[];
}

/**
 * Where a plan's server is for a caller on the same machine. Throws `invalid-request` where the plan leaves the port open, and
 * `unsupported` for an engine that is not known.
 */
export function plannedURL(planned: Plan, options: PlannedURLOptions = {}): string {
  checkOptions("plannedURL", options, { engines: true });
  const { address, port } = engineOf(planned, options.engines ?? usualEngines, "plannedURL").planned(planned);
  if (port > 0) return originOf(address, port);
  throw new InhouseError("invalid-request", "The plan does not say at which port its server is.", {
    hint: "Name the server's URL.",
  });
}
