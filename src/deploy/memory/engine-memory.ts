import type { IndexerShape, LayerShape, ModelShape } from "../shape/model-shape.ts";
import type { TensorRole } from "../shape/tensor-groups.ts";
import type { TensorInfo } from "../shape/tensor-info.ts";

/** What a server is to hold, and on what. */
export interface MemoryPlan {
  /** Tokens that each sequence may use, prompt and answer together. */
  readonly contextLength: number;
  /** Sequences served at once. Default 1. */
  readonly sequences?: number;
  /** Types of the KV cache as the server calls them. Default: the server's own. */
  readonly keyType?: string;
  readonly valueType?: string;
  /** Tokens that go through the model at once. Default: the server's own. */
  readonly batchTokens?: number;
  /** Default true. Without it a matrix of all tokens by all tokens of a batch stands in memory. */
  readonly flashAttention?: boolean;
  /** Every token of a batch gives an output, as for embeddings. Default false: one for each sequence. */
  readonly everyOutput?: boolean;
  /** Default 0: the processor alone. */
  readonly gpus?: number;
  /** How many layers go to the GPUs, the last ones first. Default all. Only where the server splits by layers. */
  readonly gpuLayers?: number;
  /** Of how many layers, the first ones first, the experts stay in main memory. Default 0. */
  readonly expertLayersInMemory?: number;
  /** GPUs that share every layer. Default: all, where the server can. */
  readonly tensorParallel?: number;
  /** Groups of GPUs that have some layers each. Default 1. */
  readonly pipelineParallel?: number;
  /** Experts go whole to one GPU each, over all of them, instead of being cut. Default false. */
  readonly expertParallel?: boolean;
  /** One pool of tokens for all sequences. Default false. Only where the server can. */
  readonly unifiedCache?: boolean;
  /** Layers with a window keep all tokens. Default false. Only where the server can. */
  readonly fullWindows?: boolean;
}

/** A plan with the server's defaults filled in. */
export type CompletePlan = Required<Omit<MemoryPlan, "gpuLayers">> & Pick<MemoryPlan, "gpuLayers">;

/** Main memory, or a GPU by its number. */
export type MemoryDevice = "memory" | `gpu ${number}`;

/** What part of something a device holds: 1 is all of it. Of copies each device holds all. */
export interface DeviceShare {
  readonly device: MemoryDevice;
  readonly share: number;
}

/** Where the parts of a model go. */
export interface Placement {
  /** A tensor by its role and its layer. */
  weights(role: TensorRole, layer: number | undefined): readonly DeviceShare[];
  /** What a layer keeps of so many KV heads. */
  cache(layer: number, kvHeads: number): readonly DeviceShare[];
}

/** Tokens that a layer has room for. */
export interface CacheCells {
  readonly cells: number;
  /** How they come about, with the numbers: `2 sequences × 2048 tokens`. */
  readonly formula: string;
}

/** What a layer keeps of a token besides what it attends to. */
export interface IndexedToken {
  readonly bytes: number;
  /** How it comes about, with the numbers: `a key of 128 values of 1 byte`. */
  readonly formula: string;
}

/** Memory that is neither weights nor cache. */
export interface WorkingMemory {
  readonly name: string;
  readonly device: MemoryDevice;
  readonly bytes: number;
  readonly formula: string;
  /** By what part it may be more or less. */
  readonly errorFraction: number;
}

/** How a server uses memory: numbers and pure functions, each provider's own. */
export interface EngineMemory {
  /** The server's name as people write it, with the version that the numbers are from. */
  readonly title: string;
  /** Bits of a value of the KV cache by the server's names of types, scales included. */
  readonly cacheBits: Readonly<Record<string, number>>;
  /** Bytes of a value of a recurrent state. */
  readonly stateValueBytes: number;
  /** What a tensor takes once it is loaded. Default: what it takes in the file. */
  loadedBytes?(tensor: TensorInfo, plan: CompletePlan): number;
  /** Fills in defaults. Throws `invalid-request` for what the server cannot do. */
  complete(plan: MemoryPlan, shape: ModelShape): CompletePlan;
  /** Room for tokens in a layer that keeps all of them, or those within the window. */
  cells(keeps: "all" | "window", plan: CompletePlan, shape: ModelShape): CacheCells;
  /** What a layer keeps of a token for sparse attention's indexer. Nothing where that is not known: the estimate says so. */
  indexed?(indexer: IndexerShape, layer: LayerShape, plan: CompletePlan): IndexedToken | undefined;
  placement(plan: CompletePlan, layers: number, shape: ModelShape): Placement;
  working(plan: CompletePlan, shape: ModelShape): readonly WorkingMemory[];
  /** What grows while the server runs, in words. */
  readonly notes: readonly string[];
}
