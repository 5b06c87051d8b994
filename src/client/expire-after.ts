import type { CallEnd } from "../core/call-end.ts";
import { InhouseError } from "../core/error.ts";

/** Ends a call with `timeout` after that many milliseconds; without a number, never. */
export function expireAfter(
  ending: CallEnd,
  phase: "first-token" | "total",
  ms: number | undefined,
  passedMs: number,
): NodeJS.Timeout | undefined {
  if (ms === undefined) return undefined;
  const what = phase === "total" ? `The call took longer than ${ms} ms.` : `No content came within ${ms} ms.`;
  return setTimeout(() => ending.abort(new InhouseError("timeout", what, { phase, retryable: false })), ms - passedMs);
}
