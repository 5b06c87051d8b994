/** What is sent and measured; the name is the first part of a request's path, so that the server knows it. */
export type Workload =
  | "flood"
  | "paced"
  | "unary"
  | "ttft"
  | "structured"
  | "tools"
  | "verify"
  | "ndflood"
  | "ndpaced"
  | "ndverify";

/** How much of each workload is run; `tokens` is the second part of the path. */
export interface Size {
  /** Tokens of each answer. */
  readonly tokens: number;
  /** Answers that are not measured. */
  readonly warmUp: number;
  /** Answers that are measured. */
  readonly answers: number;
  /** How many run at a time. */
  readonly parallel: number;
}

export const workloads: readonly Workload[] = [
  "verify",
  "ndverify",
  "flood",
  "paced",
  "unary",
  "ttft",
  "structured",
  "tools",
  "ndflood",
  "ndpaced",
];

const verify: Size = { tokens: 300, warmUp: 0, answers: 3, parallel: 1 };
const flood: Size = { tokens: 20_000, warmUp: 2, answers: 4, parallel: 1 };
const paced: Size = { tokens: 150, warmUp: 200, answers: 200, parallel: 200 };

const sizes: Readonly<Record<Workload, Size>> = {
  verify,
  flood,
  paced,
  unary: { tokens: 64, warmUp: 6_000, answers: 8_000, parallel: 8 },
  ttft: { tokens: 8, warmUp: 60, answers: 300, parallel: 1 },
  structured: { tokens: 43_691, warmUp: 2, answers: 4, parallel: 1 }, // the longest document, 128 kB
  tools: { tokens: 20_000, warmUp: 2, answers: 4, parallel: 1 },
  ndverify: verify,
  ndflood: flood,
  ndpaced: paced,
};

const quickSizes: Readonly<Record<Workload, Size>> = {
  verify,
  flood: { ...flood, answers: 2 },
  paced: { ...paced, tokens: 75 },
  unary: { ...sizes.unary, answers: 4_000 },
  ttft: { ...sizes.ttft, answers: 150 },
  structured: { ...sizes.structured, answers: 2 },
  tools: { ...sizes.tools, answers: 2 },
  ndverify: verify,
  ndflood: { ...flood, answers: 2 },
  ndpaced: { ...paced, tokens: 75 },
};

export function sizeOf(workload: Workload, quick: boolean): Size {
  return (quick ? quickSizes : sizes)[workload];
}

/** A line of the table: a figure of a workload, and what inhouse may cost in floors. */
export interface Line {
  readonly workload: Workload;
  readonly figure: string;
  readonly label: string;
  readonly target?: number;
}

export const lines: readonly Line[] = [
  { workload: "flood", figure: "flood", label: "flood, CPU µs/token", target: 1.5 },
  { workload: "flood", figure: "first", label: "first stream, CPU µs/token", target: 1.5 },
  { workload: "paced", figure: "paced", label: "200 streams, CPU µs/token", target: 1.35 },
  { workload: "unary", figure: "unary", label: "unary, CPU µs/call", target: 1.6 },
  { workload: "ttft", figure: "both", label: "ttft both p50, µs", target: 1.3 },
  { workload: "ttft", figure: "delta", label: "- byte written to delta p50, µs", target: 1.25 },
  { workload: "ttft", figure: "request", label: "- call to request read p50, µs" },
  { workload: "structured", figure: "16 kB", label: "16 kB object, CPU µs/delta", target: 1.6 },
  { workload: "structured", figure: "64 kB", label: "64 kB object, CPU µs/delta", target: 1.6 },
  { workload: "structured", figure: "128 kB", label: "128 kB object, CPU µs/delta", target: 1.6 },
  { workload: "tools", figure: "tools", label: "tool call, CPU µs/delta", target: 1.6 },
  { workload: "ndflood", figure: "flood", label: "Ollama flood, CPU µs/token", target: 1.4 },
  { workload: "ndpaced", figure: "paced", label: "200 Ollama streams, CPU µs/token", target: 1.35 },
];
