import type { Engine } from "../deploy/engine.ts";
import type { Plan } from "../deploy/plan/plan-value.ts";
import { target as targetWith } from "../deploy/targets/plan-target.ts";
import type { TargetFile, TargetKind, TargetOptions } from "../deploy/targets/target-value.ts";
import { usualEngines } from "./usual-engines.ts";

/** Options of `target` here: its own, and further engines. */
export interface TargetPlanOptions extends TargetOptions {
  /** Where the plan's engine is looked for. Default: vLLM, llama-server, Ollama. */
  readonly engines?: readonly Engine[];
}

/**
 * The files that serve a plan with Docker Compose, on Kubernetes, under systemd, or by a script. Nothing is asked, read or
 * written, and the same plan gives the same files: `writeTarget` puts them into a folder. Throws `invalid-request` for an
 * option that cannot be, `unsupported` for what the target cannot do: Apple's GPUs in a container, several machines but on Kubernetes.
 */
export function target(made: Plan, kind: TargetKind, options: TargetPlanOptions = {}): readonly TargetFile[] {
  const { engines = usualEngines, ...own } = options;
  return targetWith(made, kind, own, engines);
}
