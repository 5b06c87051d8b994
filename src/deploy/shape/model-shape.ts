import type { Quantization } from "./quantization.ts";
import type { TensorGroup } from "./tensor-groups.ts";
import type { TensorInfo } from "./tensor-info.ts";

/** From what a model's shape was read. */
export type ModelFormat = "gguf" | "safetensors" | "server";

/**
 * What a layer keeps for the tokens that were read: keys and values of all, or of those within the window, a state of
 * constant size, values and a state, or nothing of its own.
 */
export type LayerMemory = "all" | "window" | "state" | "all-and-state" | "nothing";

/** One layer, as far as memory is concerned. */
export interface LayerShape {
  readonly keeps: LayerMemory;
  readonly heads: number;
  readonly kvHeads: number;
  /** Length of a key and of a value in each head; of latent attention, the length of what is kept in their place, and 0. */
  readonly keyLength: number;
  readonly valueLength: number;
  /** It keeps an indexer's key besides. Default false. */
  readonly indexed?: true;
}

/** Attention whose keys and values are kept as one short vector for all heads (MLA, of DeepSeek and Mistral Small 4). */
export interface LatentAttention {
  /** Length of the vector, its part for positions apart. */
  readonly rank: number;
  readonly positionLength: number;
}

/** What chooses the tokens that sparse attention attends to; its layers keep a key for each token besides what they attend to. */
export interface IndexerShape {
  /** Length of the key, one for all heads. */
  readonly keyLength: number;
  /**
   * `tokens`: DeepSeek V3.2 and GLM 5; `blocks` of tokens: MiniMax M3; `compressed`: what is kept is pooled or compressed in
   * ways that are not reckoned here (DeepSeek V4).
   */
  readonly chooses: "tokens" | "blocks" | "compressed";
}

/** Attention to the last tokens only. */
export interface SlidingWindow {
  readonly tokens: number;
  /** `chunked`: to the tokens of the same stretch of that length. */
  readonly kind: "sliding" | "chunked";
}

/** What a recurrent layer keeps for each sequence, in values. */
export interface RecurrentState {
  readonly convolutionValues: number;
  readonly stateValues: number;
}

/** The experts of a mixture. */
export interface ExpertShape {
  readonly count: number;
  /** How many of them a token goes through. */
  readonly used: number;
  /** How many every token goes through besides; absent where that is not told. */
  readonly shared?: number;
  readonly feedForwardLength?: number;
}

/** What a chat template can say, by its text. */
export interface ChatTemplate {
  readonly tools: boolean;
  readonly reasoning: boolean;
}

/** An encoder of pictures or sound that belongs to a model, and what makes its output fit. */
export interface EncoderShape {
  readonly kinds: readonly ("image" | "audio")[];
  readonly bytes: number;
}

/**
 * What a model is, whatever it was read from. What the source does not tell is absent: a file tells nearly all, a running
 * server little.
 */
export interface ModelShape {
  readonly format: ModelFormat;
  /** The files or the server that it was read from. */
  readonly sources: readonly string[];
  readonly name?: string;
  /** As the source calls it: GGUF's `general.architecture`, `model_type` of a config. */
  readonly architecture?: string;
  /** As the files state it; nobody checked. */
  readonly licence?: string;
  /** In order. Layers that only guess tokens ahead (MTP) are not among them. */
  readonly layers?: readonly LayerShape[];
  readonly embeddingLength?: number;
  readonly feedForwardLength?: number;
  readonly latent?: LatentAttention;
  readonly window?: SlidingWindow;
  readonly indexer?: IndexerShape;
  readonly state?: RecurrentState;
  readonly experts?: ExpertShape;
  readonly encoder?: EncoderShape;
  readonly vocabularySize?: number;
  /** The embeddings serve as the output layer too. */
  readonly tiedEmbeddings?: boolean;
  readonly trainedContextLength?: number;
  /** All of them, and those that a token goes through. Packed values of quantized tensors are counted as what they stand for. */
  readonly parameters?: { readonly total: number; readonly active: number };
  readonly quantization: Quantization;
  readonly chatTemplate?: ChatTemplate;
  /** The data of all tensors. */
  readonly weightBytes?: number;
  /** The model's files, what describes the tensors included. */
  readonly fileBytes?: number;
  readonly groups: readonly TensorGroup[];
  readonly tensors: readonly TensorInfo[];
}

/** What a template's text gives away: whether it mentions tools, and thinking. */
export const chatTemplateOf = (text: string): ChatTemplate => ({
  tools: /\btools?\b/.test(text),
  reasoning: /\b(enable_thinking|reasoning_content|reasoning_effort|thinking)\b|<think>|\[THINK\]/.test(text),
});
