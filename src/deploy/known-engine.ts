import { InhouseError } from "../core/error.ts";
import type { Engine } from "./engine.ts";
import type { Plan } from "./plan/plan-value.ts";

/** The engine of a plan. Throws `unsupported` where it is not among those that an operation knows. */
export function engineOf(
  { engine: wanted }: Pick<Plan, "engine">,
  engines: readonly Engine[],
  operation: string,
): Engine {
  const engine = engines.find(({ name }) => name === wanted);
  if (engine) return engine;
  throw new InhouseError("unsupported", `${operation}: there is no engine ${wanted}.`, {
    hint: `Known engines: ${engines.map(({ name }) => name).join(", ")}. One of your own goes into the option engines.`,
  });
}
