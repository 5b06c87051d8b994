import type { Relaxation } from "./lower-schema.ts";
import type { Warning } from "./result.ts";

/** Most warnings about one schema; the last one counts the others. */
const maxWarnings = 16;

/** What the caller is told of a schema that was lowered; `place` says which one, where there may be several. */
export function relaxationWarnings(
  relaxations: readonly Relaxation[],
  server: string,
  option = "responseFormat",
  place = "",
): readonly Warning[] {
  const shown = relaxations.length > maxWarnings ? relaxations.slice(0, maxWarnings - 1) : relaxations;
  const warnings = shown.map(({ path, keyword, why }) => ({
    option,
    message: `${server} does not hold the model to ${keyword} at ${place}${path === "" ? "/" : path} (${why}).`,
  }));
  const others = relaxations.length - shown.length;
  if (others === 0) return warnings;
  const message = `${server} does not hold the model to ${others} more keywords of the schema.`;
  return [...warnings, { option, message }];
}
