/** What is sent; the name is the first part of a request's path, so that the server knows it. */
export type ServedWorkload =
  | "flood"
  | "paced"
  | "many"
  | "unary"
  | "ttft"
  | "upload"
  | "structured"
  | "tools"
  | "verify"
  | "ndflood"
  | "ndpaced"
  | "ndverify";

/** What is measured: `import` in a program of its own, which asks for the shortest `flood`; `size` on the disk. */
export type Workload = ServedWorkload | "import" | "size";

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
  /** What slow clients are given of the counts above, where a figure is a mean and not a sum. */
  readonly share?: number;
  /** Documents of more pieces are left out. */
  readonly mostPieces?: number;
}

export const workloads: readonly Workload[] = [
  "verify",
  "ndverify",
  "flood",
  "paced",
  "many",
  "unary",
  "ttft",
  "upload",
  "structured",
  "tools",
  "ndflood",
  "ndpaced",
  "import",
  "size",
];

const verify: Size = { tokens: 300, warmUp: 0, answers: 3, parallel: 1 };
const flood: Size = { tokens: 20_000, warmUp: 2, answers: 4, parallel: 1 };
const paced: Size = { tokens: 75, warmUp: 1, answers: 1, parallel: 200 };

const sizes: Readonly<Record<ServedWorkload, Size>> = {
  verify,
  flood,
  paced,
  many: { tokens: 200, warmUp: 1, answers: 1, parallel: 1_000 },
  unary: { tokens: 64, warmUp: 5_000, answers: 6_000, parallel: 8 },
  ttft: { tokens: 8, warmUp: 60, answers: 300, parallel: 1 },
  upload: { tokens: 8, warmUp: 3, answers: 8, parallel: 1 },
  structured: { tokens: 43_691, warmUp: 1, answers: 1, parallel: 1 }, // the longest document, 128 kB
  tools: { tokens: 20_000, warmUp: 2, answers: 4, parallel: 1 },
  ndverify: verify,
  ndflood: flood,
  ndpaced: paced,
};

const quickSizes: Readonly<Record<ServedWorkload, Size>> = {
  ...sizes,
  flood: { ...flood, answers: 2 },
  paced: { ...paced, tokens: 50 },
  many: { ...sizes.many, tokens: 100 },
  unary: { ...sizes.unary, answers: 3_000 },
  ttft: { ...sizes.ttft, answers: 150 },
  tools: { ...sizes.tools, answers: 2 },
  ndflood: { ...flood, answers: 2 },
  ndpaced: { ...paced, tokens: 50 },
};

export const sizeOf = (workload: ServedWorkload, quick: boolean): Size => (quick ? quickSizes : sizes)[workload];

/** A part of a count, one at least. */
export const portion = (count: number, share = 1): number => Math.max(1, Math.round(count * share));

export const isServed = (workload: Workload): workload is ServedWorkload =>
  workload !== "import" && workload !== "size";

/** Whether only the answer counts, and not what it costs. */
export const isVerify = (workload: Workload): boolean => workload.endsWith("verify");
