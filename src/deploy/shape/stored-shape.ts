import type { StoredMethod } from "../catalogue/catalogue-model.ts";
import type { ModelShape } from "./model-shape.ts";
import { groupTensors, roleOf, type TensorRole } from "./tensor-groups.ts";
import type { TensorInfo } from "./tensor-info.ts";

/** Bytes of a weight, its share of the scales included, and the type. Of w4a16: groups of 128, each with scale and zero point. */
const methods: Readonly<Record<Exclude<StoredMethod, "none">, readonly [bytes: number, type: string, bits: number]>> = {
  fp8: [1 + 4 / 16_384, "F8_E4M3", 8],
  int8: [1 + 4 / 4_096, "I8", 8],
  nvfp4: [0.5 + 1 / 16, "NVFP4", 4],
  mxfp4: [0.5 + 1 / 32, "MXFP4", 4],
  w4a16: [0.5 + 2 / 128 + 0.5 / 128, "I4", 4],
};

/** The parts whose matrices are quantized. Embeddings, output layer, norms, routers and encoders stay as they are. */
const quantized: readonly TensorRole[] = ["attention", "recurrent", "feed-forward", "experts", "shared-experts"];

/**
 * A model in 16 bits as a checkpoint of safetensors that is stored so: the matrices within layers quantized, everything else
 * left, as llm-compressor and the makers do. An encoder that stood beside the model is one of its tensors then.
 */
export function storedShape(shape: ModelShape, method: StoredMethod): ModelShape {
  const tensors = [...shape.tensors.map((tensor) => stored(tensor, method)), ...encoderOf(shape)];
  const weightBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const total = tensors.reduce((sum, { parameters }) => sum + parameters, 0);
  const [, weightType, bits] = method === "none" ? [2, "BF16", 16] : methods[method];
  return {
    ...shape,
    format: "safetensors",
    quantization: {
      name: method,
      weightType,
      ...(method === "none" ? {} : { bits, activations: method !== "w4a16" }),
      bitsPerWeight: total > 0 ? (weightBytes * 8) / total : 16,
      evidence: "predicted",
    },
    weightBytes,
    fileBytes: weightBytes,
    groups: groupTensors(tensors),
    tensors,
  };
}

function stored(tensor: TensorInfo, method: StoredMethod): TensorInfo {
  if (tensor.shape.length < 2) return { ...tensor, type: "BF16", bytes: tensor.parameters * 2 };
  if (method === "none" || !quantized.includes(roleOf(tensor.name))) return tensor;
  const [bytes, type] = methods[method];
  return { ...tensor, type, bytes: Math.ceil(tensor.parameters * bytes) };
}

/** Of GGUF an encoder has a file of its own; of safetensors it is among the tensors already. */
function encoderOf({ encoder, format }: ModelShape): readonly TensorInfo[] {
  if (!encoder || format !== "gguf") return [];
  const parameters = Math.round(encoder.bytes / 2);
  return [{ name: "v.encoder.weight", type: "BF16", shape: [parameters], parameters, bytes: encoder.bytes }];
}
