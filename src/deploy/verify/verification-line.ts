import type { Observed } from "./served-facts.ts";
import type { VerificationLine } from "./verification.ts";

/** What was planned and what a server gave away, as a line of a report. */
export function comparedLine<Value extends string | number>(
  name: string,
  planned: Value | undefined,
  observed: Observed<Value> | undefined,
  options: {
    /** Default: the same text, whatever its case. */
    readonly isSame?: (planned: Value, found: Value) => boolean;
    /** Why nothing was observed. */
    readonly why?: string;
    readonly text?: (value: Value) => string;
  } = {},
): VerificationLine {
  const { isSame = sameText, why = "the server does not tell", text = String } = options;
  const wanted = planned === undefined ? {} : { planned: text(planned) };
  if (!observed) return { name, verdict: "unknown", ...wanted, evidence: why };
  const { value, evidence } = observed;
  const verdict = planned === undefined ? "unknown" : isSame(planned, value) ? "pass" : "fail";
  return { name, verdict, ...wanted, found: text(value), evidence };
}

/** A line that nothing can be said for, and why. */
export const unknownLine = (name: string, evidence: string, planned?: string): VerificationLine => ({
  name,
  verdict: "unknown",
  ...(planned === undefined ? {} : { planned }),
  evidence,
});

const sameText = (a: string | number, b: string | number): boolean =>
  String(a).toLowerCase() === String(b).toLowerCase();
