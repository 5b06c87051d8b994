import type { ModelShape } from "../../src/deploy/shape/model-shape.ts";
import type { TensorInfo } from "../../src/deploy/shape/tensor-info.ts";

/** The numbers that make a plain transformer's shape. */
export interface PlainModel {
  readonly architecture?: string;
  readonly layers: number;
  readonly embedding: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly head: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  readonly tied?: boolean;
  readonly experts?: number;
  readonly expertsUsed?: number;
  /** Norms of queries and keys, and after attention and feed-forward, as Gemma 3 has them. */
  readonly gemmaNorms?: boolean;
  /** Bytes before the data. */
  readonly headerBytes?: number;
}

/** Models by their published shapes. */
export const knownModels = {
  "SmolLM2 135M": {
    layers: 30,
    embedding: 576,
    heads: 9,
    kvHeads: 3,
    head: 64,
    feedForward: 1_536,
    vocabulary: 49_152,
    tied: true,
    headerBytes: 1_785_664,
  },
  "Gemma 3 270M": {
    architecture: "gemma3",
    layers: 18,
    embedding: 640,
    heads: 4,
    kvHeads: 1,
    head: 256,
    feedForward: 2_048,
    vocabulary: 262_144,
    tied: true,
    gemmaNorms: true,
    headerBytes: 6_525_120,
  },
  "Llama 3 8B": {
    layers: 32,
    embedding: 4_096,
    heads: 32,
    kvHeads: 8,
    head: 128,
    feedForward: 14_336,
    vocabulary: 128_256,
    headerBytes: 7_800_000,
  },
  "Mixtral 8x7B": {
    layers: 32,
    embedding: 4_096,
    heads: 32,
    kvHeads: 8,
    head: 128,
    feedForward: 14_336,
    vocabulary: 32_000,
    experts: 8,
    expertsUsed: 2,
    headerBytes: 800_000,
  },
  "Ministral 3 3B": {
    layers: 26,
    embedding: 3_072,
    heads: 32,
    kvHeads: 8,
    head: 128,
    feedForward: 9_216,
    vocabulary: 131_072,
    tied: true,
    headerBytes: 7_000_000,
  },
  "Ministral 3 8B": {
    layers: 34,
    embedding: 4_096,
    heads: 32,
    kvHeads: 8,
    head: 128,
    feedForward: 14_336,
    vocabulary: 131_072,
    headerBytes: 7_000_000,
  },
  "Ministral 3 14B": {
    layers: 40,
    embedding: 5_120,
    heads: 32,
    kvHeads: 8,
    head: 128,
    feedForward: 16_384,
    vocabulary: 131_072,
    headerBytes: 7_000_000,
  },
  "Qwen 3 4B": {
    architecture: "qwen3",
    layers: 36,
    embedding: 2_560,
    heads: 32,
    kvHeads: 8,
    head: 128,
    feedForward: 9_728,
    vocabulary: 151_936,
    tied: true,
  },
} satisfies Record<string, PlainModel>;

/** The shape of a plain model, its matrices of 16 bits, as a GGUF file would tell it. */
export function plainShape(model: PlainModel): ModelShape {
  const tensors = tensorsOf(model);
  const weightBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const total = tensors.reduce((sum, { parameters }) => sum + parameters, 0);
  const { layers, heads, kvHeads, head, experts, expertsUsed = 0 } = model;
  const inExperts = tensors.reduce((sum, { name, parameters }) => sum + (name.includes("_exps") ? parameters : 0), 0);
  return {
    format: "gguf",
    sources: ["known.gguf"],
    architecture: model.architecture ?? "llama",
    layers: Array.from({ length: layers }, () => ({
      keeps: "all",
      heads,
      kvHeads,
      keyLength: head,
      valueLength: head,
    })),
    embeddingLength: model.embedding,
    feedForwardLength: model.feedForward,
    vocabularySize: model.vocabulary,
    tiedEmbeddings: model.tied ?? false,
    ...(experts === undefined ? {} : { experts: { count: experts, used: expertsUsed } }),
    parameters: { total, active: total - (experts === undefined ? 0 : inExperts * (1 - expertsUsed / experts)) },
    quantization: { name: "BF16", bitsPerWeight: 16, evidence: "known" },
    weightBytes,
    fileBytes: weightBytes + (model.headerBytes ?? 0),
    groups: [],
    tensors,
  };
}

function tensorsOf(model: PlainModel): readonly TensorInfo[] {
  const { layers, embedding, heads, kvHeads, head, feedForward, vocabulary, experts } = model;
  const matrix = (name: string, ...shape: readonly number[]): TensorInfo => {
    const parameters = shape.reduce((product, length) => product * length, 1);
    return { name: `${name}.weight`, type: "BF16", shape, parameters, bytes: parameters * 2 };
  };
  const vector = (name: string, length: number): TensorInfo => {
    return { name: `${name}.weight`, type: "F32", shape: [length], parameters: length, bytes: length * 4 };
  };
  const kind = experts === undefined ? "" : "_exps";
  const stacked = experts === undefined ? [] : [experts];
  const block = (layer: number): readonly TensorInfo[] => {
    const at = (name: string): string => `blk.${layer}.${name}`;
    return [
      matrix(at("attn_q"), embedding, heads * head),
      matrix(at("attn_k"), embedding, kvHeads * head),
      matrix(at("attn_v"), embedding, kvHeads * head),
      matrix(at("attn_output"), heads * head, embedding),
      matrix(at(`ffn_gate${kind}`), embedding, feedForward, ...stacked),
      matrix(at(`ffn_up${kind}`), embedding, feedForward, ...stacked),
      matrix(at(`ffn_down${kind}`), feedForward, embedding, ...stacked),
      vector(at("attn_norm"), embedding),
      vector(at("ffn_norm"), embedding),
      ...(experts === undefined ? [] : [{ ...matrix(at("ffn_gate_inp"), embedding, experts), type: "F32" }]),
      ...(model.gemmaNorms
        ? [
            vector(at("attn_q_norm"), head),
            vector(at("attn_k_norm"), head),
            vector(at("post_attention_norm"), embedding),
            vector(at("post_ffw_norm"), embedding),
          ]
        : []),
    ];
  };
  return [
    matrix("token_embd", embedding, vocabulary),
    vector("output_norm", embedding),
    ...(model.tied ? [] : [matrix("output", embedding, vocabulary)]),
    ...Array.from({ length: layers }, (_, layer) => block(layer)).flat(),
  ];
}
