import type { CatalogueModel, ShapeNumbers } from "../catalogue/catalogue-model.ts";
import { activeParameters } from "../shape/active-parameters.ts";
import type { LayerShape, ModelShape } from "../shape/model-shape.ts";
import { groupTensors } from "../shape/tensor-groups.ts";
import type { TensorInfo } from "../shape/tensor-info.ts";

/** Bytes of a vocabulary's description for each of its tokens, as Ministral's files have them. */
const vocabularyBytes = 54;

/**
 * The shape of a model of the catalogue in 16 bits, its tensors by their names in GGUF. An encoder stands beside them, as it
 * does there.
 */
export function catalogueShape({ name, numbers, encoder, contextLength, licence }: CatalogueModel): ModelShape {
  const { experts, latent } = numbers;
  const tensors = tensorsOf(numbers);
  const weightBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const total = tensors.reduce((sum, { parameters }) => sum + parameters, 0);
  // Of a table of embeddings that serves for nothing else, a token goes through one row.
  const table = numbers.tied ? 0 : numbers.embedding * numbers.vocabulary;
  const expertShape = experts && { ...experts, feedForwardLength: experts.feedForward ?? numbers.feedForward };
  return {
    format: "gguf",
    sources: [`the catalogue's numbers of ${name}`],
    name,
    architecture: latent ? "deepseek2" : "llama",
    ...(licence === undefined ? {} : { licence }),
    layers: Array.from({ length: numbers.layers }, () => layerOf(numbers)),
    embeddingLength: numbers.embedding,
    feedForwardLength: numbers.feedForward,
    ...(latent ? { latent: { rank: latent.rank, positionLength: latent.position } } : {}),
    ...(expertShape ? { experts: expertShape } : {}),
    ...(encoder ? { encoder: { kinds: encoder.kinds, bytes: encoder.parameters * 2 } } : {}),
    vocabularySize: numbers.vocabulary,
    tiedEmbeddings: numbers.tied ?? false,
    trainedContextLength: contextLength,
    parameters: {
      total: total + (encoder?.parameters ?? 0),
      active: activeParameters(tensors, expertShape) - table + (encoder?.parameters ?? 0),
    },
    quantization: { name: "none", weightType: "BF16", bitsPerWeight: 16, evidence: "the catalogue" },
    weightBytes,
    fileBytes: weightBytes + numbers.vocabulary * vocabularyBytes,
    groups: groupTensors(tensors),
    tensors,
  };
}

function layerOf({ heads, kvHeads, head, latent }: ShapeNumbers): LayerShape {
  return latent
    ? { keeps: "all", heads, kvHeads: 1, keyLength: latent.rank + latent.position, valueLength: 0 }
    : { keeps: "all", heads, kvHeads, keyLength: head, valueLength: head };
}

function tensorsOf(numbers: ShapeNumbers): readonly TensorInfo[] {
  const { layers, embedding, vocabulary, tied } = numbers;
  return [
    matrix("token_embd", embedding, vocabulary),
    vector("output_norm", embedding),
    ...(tied ? [] : [matrix("output", embedding, vocabulary)]),
    ...Array.from({ length: layers }, (_, layer) => [
      vector(`blk.${layer}.attn_norm`, embedding),
      vector(`blk.${layer}.ffn_norm`, embedding),
      ...attention(numbers, `blk.${layer}`),
      ...feedForward(numbers, layer),
    ]).flat(),
  ];
}

function attention({ embedding, heads, kvHeads, head, latent }: ShapeNumbers, at: string): readonly TensorInfo[] {
  if (!latent) {
    return [
      matrix(`${at}.attn_q`, embedding, heads * head),
      matrix(`${at}.attn_k`, embedding, kvHeads * head),
      matrix(`${at}.attn_v`, embedding, kvHeads * head),
      matrix(`${at}.attn_output`, heads * head, embedding),
    ];
  }
  const { rank, position, queryRank, key, value } = latent;
  return [
    matrix(`${at}.attn_q_a`, embedding, queryRank),
    matrix(`${at}.attn_q_b`, queryRank, heads * (key + position)),
    matrix(`${at}.attn_kv_a_mqa`, embedding, rank + position),
    matrix(`${at}.attn_kv_b`, rank, heads * (key + value)),
    matrix(`${at}.attn_output`, heads * value, embedding),
    vector(`${at}.attn_q_a_norm`, queryRank),
    vector(`${at}.attn_kv_a_norm`, rank),
  ];
}

function feedForward({ embedding, feedForward: width, experts }: ShapeNumbers, layer: number): readonly TensorInfo[] {
  const at = `blk.${layer}`;
  const three = (kind: string, length: number, ...stacked: readonly number[]): readonly TensorInfo[] => [
    matrix(`${at}.ffn_gate${kind}`, embedding, length, ...stacked),
    matrix(`${at}.ffn_up${kind}`, embedding, length, ...stacked),
    matrix(`${at}.ffn_down${kind}`, length, embedding, ...stacked),
  ];
  if (!experts || layer < (experts.denseLayers ?? 0)) return three("", width);
  const { count, shared = 0, feedForward: own = width } = experts;
  return [
    { ...matrix(`${at}.ffn_gate_inp`, embedding, count), type: "F32", bytes: embedding * count * 4 },
    ...three("_exps", own, count),
    ...(shared > 0 ? three("_shexp", own * shared) : []),
  ];
}

function matrix(name: string, ...shape: readonly number[]): TensorInfo {
  const parameters = shape.reduce((product, length) => product * length, 1);
  return { name: `${name}.weight`, type: "BF16", shape, parameters, bytes: parameters * 2 };
}

const vector = (name: string, length: number): TensorInfo => {
  return { name: `${name}.weight`, type: "F32", shape: [length], parameters: length, bytes: length * 4 };
};
