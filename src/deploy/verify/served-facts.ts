import type { Transport } from "../../core/transport.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { ServerProcess } from "./server-processes.ts";

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
  /** The files that it has loaded, by absolute path, or the folder or repository that they are of. */
  readonly modelFiles?: Observed<readonly string[]>;
  readonly quantization?: Observed<string>;
  /** The type in which it computes, as `--dtype` has it. */
  readonly dtype?: Observed<string>;
  /** Tokens of a sequence. */
  readonly contextLength?: Observed<number>;
  /** Sequences that are served at once. */
  readonly parallel?: Observed<number>;
  readonly kvType?: Observed<string>;
  /** Layers on GPUs, the output layer among them; `all` where no number is told. */
  readonly gpuLayers?: Observed<number | "all">;
  /** The chat template as the server has it, in the notation of the model's files. */
  readonly template?: Observed<string>;
  /** A file that was given to the server in place of the model's own template; an empty text where none was. */
  readonly templateFile?: Observed<string>;
  /** The chat template in a notation of the server's own: it can be held against an earlier one, and not against the files. */
  readonly convertedTemplate?: Observed<string>;
}

/** What an engine is asked about, when a server is verified. */
export interface ServedQuestion {
  readonly plan: Plan;
  /** By what name the model is asked for. */
  readonly model: string;
  readonly url: string;
  readonly apiKey?: string;
  readonly transport: Transport;
  /** What the server wrote, where that is known. */
  readonly log?: string;
  /** The server's processes, the first one first; empty where they cannot be looked at. */
  readonly processes: readonly ServerProcess[];
  readonly signal?: AbortSignal;
}

/** Asks a running server what it really serves. Rejects where it does not answer. */
export type Observe = (question: ServedQuestion) => Promise<ServedFacts>;
