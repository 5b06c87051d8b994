import type { Host } from "./host/host.ts";
import type { MemoryPlan } from "./memory/engine-memory.ts";
import type { ModelFormat, ModelShape } from "./shape/model-shape.ts";

/** One way to have a model's weights. */
export interface Weights {
  readonly format: Exclude<ModelFormat, "server">;
  /** GGUF: the mixture. Safetensors: the method, `none` for 16 bits. */
  readonly quantization: string;
  /** Bits of a quantized weight, about. */
  readonly bits: number;
  /**
   * `published`: put up by the model's maker; `files`: the caller's; `while-loading`: the server quantizes the 16 bits that it
   * is given; `made`: with tools, before the server starts.
   */
  readonly origin: "published" | "files" | "while-loading" | "made";
  /** A repository, path or address; of `made` ones what they are made of. */
  readonly source: string;
  /** A file beside it that encodes pictures or sound. */
  readonly projector?: string;
  /** What whoever uses them should know. */
  readonly note?: string;
  readonly shape: ModelShape;
}

/** Which devices hold the model, and how they share it. */
export interface Layout extends Pick<
  MemoryPlan,
  "gpus" | "tensorParallel" | "pipelineParallel" | "gpuLayers" | "expertLayersInMemory"
> {
  /** All of it on GPUs, a part of it, or the processor alone. */
  readonly place: "gpus" | "gpus and memory" | "memory";
}

/** Something that a server can do without, to save memory. */
export interface Economy {
  /** What is given up, as a plan's warning; nothing where nothing is. */
  readonly warning?: string;
  readonly textOnly?: true;
  readonly arguments: readonly string[];
  /** Terms of an estimate that there are none of then, by their names. */
  readonly without?: readonly string[];
}

/** What was chosen, for an engine to write its command line of. */
export interface EngineChoice {
  readonly weights: Weights;
  readonly host: Host;
  readonly layout: Layout;
  readonly economy: Economy;
  readonly machines: number;
  readonly contextLength: number;
  /** Sequences that have room at their full length. */
  readonly parallel: number;
  /** Sequences served at once: of a pool more, since few are as long as they may be. */
  readonly concurrent: number;
  readonly kvType?: string;
  readonly batchTokens?: number;
  /** Copies of the model on GPUs of the same machine. */
  readonly replicas: number;
  /** By what name callers ask for the model. */
  readonly servedName: string;
  /** Which parser of vLLM reads its tool calls; `false`: it was not taught to call tools. Absent where nobody here knows. */
  readonly toolParser?: string | false;
  readonly reasoningParser?: string;
  readonly address: string;
  readonly port: number;
}

/** How a server is started. */
export interface Launch {
  /** Command lines that come first, in a shell's words. */
  readonly prepare: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Command lines once the server runs. Default none. */
  readonly afterwards?: readonly string[];
  readonly warnings: readonly string[];
}
