import type { Launch, Layout, Weights } from "../engine-choice.ts";
import type { PinnedFile } from "../files/pinned-file.ts";
import type { Host } from "../host/host.ts";
import type { SpeedEstimate } from "../memory/estimate-speed.ts";
import type { DeviceEstimate, MemoryEstimate } from "../memory/memory-estimate.ts";
import type { ModelShape } from "../shape/model-shape.ts";

/** What is to be served, and on what. What is left out is chosen. */
export interface PlanSpec {
  /** A name of `modelCatalogue`, a path or address as for `readModel`, or what that gave. */
  readonly model: string | ModelShape;
  /**
   * Where files of a catalogue's model are, a path or address as for `readModel`: they are what is planned for, and the
   * catalogue adds what files do not tell, such as the parser of its tool calls. Default: none, and the maker's are named.
   */
  readonly files?: string;
  /** A host, or its description as for `describedHost`. Default: this machine. */
  readonly on?: string | Host;
  /**
   * Tokens of a sequence, prompt and answer together. Default: 32,768, or what the model was trained for if that is less, or
   * half of it and again half, down to 4,096, until the model fits.
   */
  readonly context?: number;
  /** Sequences that have room at once, each at its full length. Default: one, of a server with a pool as many as have room. */
  readonly parallel?: number;
  /** `vllm`, `llamacpp` or `ollama`. Default: vLLM where the GPUs suit it, else llama-server. */
  readonly engine?: string;
  /**
   * A name such as `fp8`, `nvfp4`, `w4a16`, `none`, `Q4_K_M`, or `4-bit`, `8-bit`, `16-bit`. Default: what the model's maker
   * recommends and fits.
   */
  readonly quantization?: string;
  /** The type of the KV cache by the server's name, such as `fp8` or `q8_0`. Default: the server's own, 16 bits. */
  readonly kvType?: string;
  /** GPUs that share every layer. Default: the fewest that hold the model. */
  readonly gpus?: number;
  /** Machines like the host that share the model. Default 1. */
  readonly machines?: number;
  /** Where the server listens. Default 127.0.0.1. */
  readonly address?: string;
  /** 0 takes any free one when it is launched. Default: the server's usual one. */
  readonly port?: number;
}

/** The model of a plan. */
export interface PlannedModel {
  readonly name: string;
  readonly title: string;
  readonly licence?: string;
  readonly parameters?: { readonly total: number; readonly active: number };
  /** A repository, path or address. */
  readonly source: string;
  readonly format: Weights["format"];
  readonly quantization: string;
  readonly origin: Weights["origin"];
  readonly weightBytes: number;
}

/** What a device of a plan has to hold, and has room for. */
export interface PlannedDevice extends DeviceEstimate {
  /** What the server may use of it; absent where the host does not tell. */
  readonly roomBytes?: number;
  /** What it has. */
  readonly totalBytes?: number;
}

/** How fast a plan's server likely is. An estimate: measure before you promise. */
export interface PlannedSpeed {
  /** Tokens that each sequence has already. */
  readonly contextTokens: number;
  /** One sequence alone. */
  readonly alone: SpeedEstimate;
  /** All that are served at once, on all copies. */
  readonly together: { readonly sequences: number; readonly tokensPerSecond: number };
}

/** Another way that was looked at. */
export interface PlanAlternative {
  readonly engine: string;
  readonly quantization: string;
  readonly fits: boolean;
  /** What it takes, or why it was refused. */
  readonly why: string;
}

/** How to serve a model on a host: plain data, to be printed, reviewed and kept. */
export interface Plan extends Launch {
  readonly engine: string;
  readonly model: PlannedModel;
  /** The model's files as they have to be, once they were pinned. */
  readonly files?: readonly PinnedFile[];
  /** What runs it, in words. */
  readonly on: string;
  readonly layout: Layout & { readonly machines: number; readonly replicas: number };
  readonly contextLength: number;
  /** Sequences that have room at their full length. */
  readonly parallel: number;
  /** Sequences served at once: of a pool more, since few are as long as they may be. */
  readonly concurrent: number;
  readonly kvType: string;
  /** Bits of a value of the cache. */
  readonly kvBits: number;
  /** Tokens that the cache of a pool has room for, all sequences together. */
  readonly roomTokens?: number;
  readonly memory: Omit<MemoryEstimate, "devices"> & { readonly devices: readonly PlannedDevice[] };
  /** Absent where the bandwidth of what computes is not known. */
  readonly speed?: PlannedSpeed;
  readonly alternatives: readonly PlanAlternative[];
}
