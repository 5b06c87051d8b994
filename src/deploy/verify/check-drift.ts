import type { Verification, VerificationLine } from "./verification.ts";

/** What may differ from run to run, or is a measurement. */
const volatile = ["generation speed", "prompt speed", "connections", "truncation"];

/** Whether what was found is what an earlier report found. What one of them does not know is not compared. */
export function driftLine(previous: Verification, lines: readonly VerificationLine[]): VerificationLine {
  const compared = lines.filter(({ name, found }) => found !== undefined && !volatile.includes(name));
  const changes = compared.flatMap(({ name, found }) => {
    const before = previous.lines.find((line) => line.name === name)?.found;
    return before === undefined || before === found ? [] : [`${name}: ${before} → ${found}`];
  });
  return {
    name: "drift",
    verdict: changes.length > 0 ? "fail" : "pass",
    planned: `as on ${previous.at}`,
    found: changes.length > 0 ? changes.join("; ") : "nothing has changed",
    evidence: `the earlier report of ${previous.url}`,
  };
}
