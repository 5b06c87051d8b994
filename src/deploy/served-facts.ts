import type { Transport } from "../core/transport.ts";
import type { Plan } from "./plan-value.ts";

/** A fact that a running server gave away, and where. */
export interface Observed<Value> {
  readonly value: Value;
  /** The reply, the line of the log or the file that says so: `/props n_ctx`. */
  readonly evidence: string;
}

/** What a running server says of itself. What it does not tell is absent. */
export interface ServedFacts {
  readonly version?: Observed<string>;
  /** The names that it answers to. */
  readonly models?: Observed<readonly string[]>;
  /** Absolute paths of the files that it has loaded. */
  readonly modelFiles?: Observed<readonly string[]>;
  readonly quantization?: Observed<string>;
  /** Tokens of a sequence. */
  readonly contextLength?: Observed<number>;
  readonly parallel?: Observed<number>;
  readonly kvType?: Observed<string>;
  readonly gpuLayers?: Observed<number>;
  /** The chat template as the server has it. */
  readonly template?: Observed<string>;
}

/** What an engine is asked about, when a server is verified. */
export interface ServedQuestion {
  readonly plan: Plan;
  readonly url: string;
  readonly apiKey?: string;
  readonly transport: Transport;
  /** What the server wrote, where that is known. */
  readonly log?: string;
  readonly signal?: AbortSignal;
}

/** Asks a running server what it really serves. Rejects where it does not answer. */
export type Observe = (question: ServedQuestion) => Promise<ServedFacts>;
