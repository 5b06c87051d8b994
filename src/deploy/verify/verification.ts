/** What came of one check. `unknown`: nothing that can be got at says so, or nothing was planned. */
export type Verdict = "pass" | "fail" | "unknown";

/** One fact of a plan, held against the server that runs. */
export interface VerificationLine {
  readonly name: string;
  readonly verdict: Verdict;
  readonly planned?: string;
  readonly found?: string;
  /** Where that was seen, or why it was not. */
  readonly evidence: string;
}

/** A server held against its plan: plain data, to be printed and kept. */
export interface Verification {
  /** No line fails. What is unknown does not fail. */
  readonly passed: boolean;
  readonly url: string;
  /** When, in ISO 8601. */
  readonly at: string;
  readonly lines: readonly VerificationLine[];
}
