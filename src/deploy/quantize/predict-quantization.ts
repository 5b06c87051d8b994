import { InhouseError } from "../../core/error.ts";
import { ggufTensors, headerBytesOf } from "../shape/gguf-tensors.ts";
import { ggufBytes, ggufType, isGgufTypeName, type GgufTypeName } from "../shape/gguf-types.ts";
import { padded } from "../shape/gguf.ts";
import type { ModelShape } from "../shape/model-shape.ts";
import { groupTensors, layerOf } from "../shape/tensor-groups.ts";
import type { TensorInfo } from "../shape/tensor-info.ts";
import { ggufMixtures, mainTypeOf, type GgufMixture } from "./gguf-mixtures.ts";
import {
  isQuantized,
  mixtureRoleOf,
  mixtureType,
  pureType,
  type MixtureFacts,
  type MixtureRole,
} from "./mixture-rules.ts";

/** How a model is quantized, beside the mixture. */
export interface PredictQuantizationOptions {
  /** `--imatrix` is given, which changes some types. Default false. */
  readonly importanceMatrix?: boolean;
  /** `--pure`: every tensor that is quantized gets the mixture's main type. Default false. */
  readonly pure?: boolean;
  /** `--output-tensor-type`: of the output layer, and of embeddings that serve as one unless `pure`. */
  readonly outputTensorType?: GgufTypeName;
  /** `--token-embedding-type`. */
  readonly tokenEmbeddingType?: GgufTypeName;
}

/** What `llama-quantize` would make. */
export interface QuantizationPrediction {
  readonly mixture: GgufMixture;
  readonly fileBytes: number;
  readonly weightBytes: number;
  /** Bits of a weight on average. */
  readonly bitsPerWeight: number;
  /** By type, the largest first. */
  readonly bytesByType: Readonly<Record<string, number>>;
  /** Tensors whose rows fit no block of the type that the mixture wants, and which got a larger one. */
  readonly fallbacks: number;
  /** By what part the file may be larger or smaller: 0.002 where shapes are a GGUF file's, 0.01 of another format's. */
  readonly errorFraction: number;
  /** The model as it would be, for what else is reckoned of it. */
  readonly shape: ModelShape;
}

/** Architectures whose rules are their own, and are not replayed. */
const ownRules = new Set(["falcon", "glm5-next", "bailingmoe3"]);

/**
 * The size of a model in another mixture of GGUF, by replaying the rules of `llama-quantize` (llama.cpp b11434) over its
 * tensors. Forty files that it made of two models in twenty mixtures were predicted to the byte. Throws `unsupported` for a
 * shape without tensors, for one whose names have no GGUF names, for what llama-quantize refuses, and for architectures
 * with rules of their own.
 */
export function predictQuantization(
  shape: ModelShape,
  mixture: GgufMixture,
  options: PredictQuantizationOptions = {},
): QuantizationPrediction {
  if (!ggufMixtures.includes(mixture)) {
    throw new InhouseError("invalid-request", `There is no mixture "${mixture}".`, {
      hint: `There are: ${ggufMixtures.join(", ")}.`,
    });
  }
  if (ownRules.has(shape.architecture ?? "")) {
    throw new InhouseError("unsupported", `How "${shape.architecture}" is quantized is not known here.`, {
      hint: "Ask llama-quantize --dry-run.",
    });
  }
  const tensors = ggufTensors(shape).toSorted(inLoadOrder);
  const facts = factsOf(shape, tensors, options.importanceMatrix ?? false);
  const seen = new Map<MixtureRole, number>();
  let fallbacks = 0;
  const made = tensors.map((tensor): TensorInfo => {
    if (!isQuantized(tensor.name, tensor.shape)) return tensor;
    const role = mixtureRoleOf(tensor.name);
    const before = seen.get(role) ?? 0;
    seen.set(role, before + 1);
    // Of experts the feed-forward layers are counted by their names, since they need not stand in order.
    const isFeedForward = role === "up" || role === "gate" || role === "down";
    const index = facts.experts > 1 && isFeedForward ? (layerOf(tensor.name) ?? before) : before;
    const place = { role, matrices: tensor.shape[2] ?? 1, index };
    const rowLength = tensor.shape[0] ?? 1;
    const named = namedType(role, mixture, facts, options);
    const typeOf = options.pure ? pureType : mixtureType;
    const type = named ?? typeOf(mixture, { ...place, rowLength }, facts);
    if (named === undefined && type !== typeOf(mixture, { ...place, rowLength: 0 }, facts)) fallbacks += 1;
    return { ...tensor, type, bytes: ggufBytes(ggufType(type), tensor.shape) };
  });
  const weightBytes = made.reduce((sum, { bytes }) => sum + bytes, 0);
  const parameters = made.reduce((sum, tensor) => sum + tensor.parameters, 0);
  const fileBytes = headerBytesOf(shape) + made.reduce((sum, { bytes }) => sum + padded(bytes, 32), 0);
  const bitsPerWeight = parameters > 0 ? (weightBytes * 8) / parameters : 0;
  return {
    mixture,
    fileBytes,
    weightBytes,
    bitsPerWeight,
    bytesByType: bytesByType(made),
    fallbacks,
    errorFraction: shape.format === "gguf" ? 0.002 : 0.01,
    shape: {
      ...shape,
      format: "gguf",
      quantization: { name: mixture, bitsPerWeight, weightType: mainTypeOf(mixture), evidence: "predicted" },
      weightBytes,
      fileBytes,
      groups: groupTensors(made),
      tensors: made,
    },
  };
}

/** The type that an option names for a tensor; that of the embeddings goes before. */
function namedType(
  role: MixtureRole,
  mixture: GgufMixture,
  { tiedEmbeddings }: MixtureFacts,
  { pure, outputTensorType, tokenEmbeddingType }: PredictQuantizationOptions,
): GgufTypeName | undefined {
  if (role === "output") return outputTensorType;
  if (role !== "embedding") return undefined;
  // Embeddings that serve as output get its type where the rules of a mixture are asked, which no plain type has.
  const isOutput = tiedEmbeddings && !pure && !/^B?F(16|32)$/.test(mixture);
  return tokenEmbeddingType ?? (isOutput ? outputTensorType : undefined);
}

/** llama.cpp's order: what belongs to no layer, then by layer, and by name as bytes. */
function inLoadOrder(a: TensorInfo, b: TensorInfo): number {
  const byLayer = (blockOf(a.name) ?? -1) - (blockOf(b.name) ?? -1);
  return byLayer !== 0 ? byLayer : a.name < b.name ? -1 : Number(a.name > b.name);
}

const blockOf = (name: string): number | undefined => (name.startsWith("blk.") ? layerOf(name) : undefined);

function factsOf(shape: ModelShape, tensors: readonly TensorInfo[], importanceMatrix: boolean): MixtureFacts {
  const [first] = shape.layers ?? [];
  const layers = Math.max(0, ...tensors.map(({ name }) => (blockOf(name) ?? -1) + 1));
  const headsPerKvHead = first && first.kvHeads > 0 ? Math.floor(first.heads / first.kvHeads) : 0;
  const { architecture = "" } = shape;
  return {
    headsPerKvHead,
    experts: shape.experts?.count ?? 0,
    layers,
    valueTensors: tensors.filter(({ name }) => mixtureRoleOf(name) === "v").length,
    is70B:
      (layers === 80 &&
        (/^(deci|olmo|qwen2)$/.test(architecture) || (architecture === "llama" && headsPerKvHead > 1))) ||
      (layers === 68 && architecture === "jais2"),
    tiedEmbeddings: !tensors.some(({ name }) => name === "output.weight"),
    importanceMatrix,
  };
}

function bytesByType(tensors: readonly TensorInfo[]): Readonly<Record<string, number>> {
  const sums = new Map<GgufTypeName, number>();
  for (const { type, bytes } of tensors) if (isGgufTypeName(type)) sums.set(type, (sums.get(type) ?? 0) + bytes);
  return Object.fromEntries([...sums].toSorted((a, b) => b[1] - a[1]));
}
