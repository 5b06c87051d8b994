import type { ModelShape } from "../shape/model-shape.ts";
import { layerOf, roleOf, type TensorRole } from "../shape/tensor-groups.ts";
import type { TensorInfo } from "../shape/tensor-info.ts";
import type { MemoryDevice, Placement } from "./engine-memory.ts";
import type { EstimateLine } from "./memory-estimate.ts";

/** Parts that are told apart in an estimate. */
type Part = "embeddings" | "output layer" | "experts" | "layers" | "encoder";

const partOf = (role: TensorRole, layer: number | undefined): Part =>
  role === "encoder"
    ? "encoder"
    : role === "experts"
      ? "experts"
      : layer !== undefined
        ? "layers"
        : role === "embedding"
          ? "embeddings"
          : "output layer";

/** The weights of a model by the device and the part that they belong to. Layers that guess ahead are left out, as servers do. */
export function weightLines(
  shape: ModelShape,
  layers: number,
  placement: Placement,
  loadedBytes: (tensor: TensorInfo) => number = ({ bytes }) => bytes,
): readonly EstimateLine[] {
  if (shape.tensors.length === 0) return unknownTensors(shape, layers, placement);
  const sums = new Map<string, { device: MemoryDevice; part: Part; bytes: number; tensors: number }>();
  const add = (role: TensorRole, layer: number | undefined, bytes: number): void => {
    for (const { device, share } of placement.weights(role, layer)) {
      const part = partOf(role, layer);
      const sum = sums.get(`${device} ${part}`) ?? { device, part, bytes: 0, tensors: 0 };
      sums.set(`${device} ${part}`, { ...sum, bytes: sum.bytes + bytes * share, tensors: sum.tensors + 1 });
    }
  };
  for (const tensor of shape.tensors) {
    const { name } = tensor;
    const bytes = loadedBytes(tensor);
    const role = roleOf(name);
    const layer = role === "encoder" ? undefined : layerOf(name);
    if (layer !== undefined && layer >= layers) continue;
    add(role, layer, bytes);
    if (
      shape.tiedEmbeddings &&
      role === "embedding" &&
      /^(token_embd|.*embed_tokens|tok_embeddings)\.weight$/.test(name)
    ) {
      addCopy(bytes);
    }
  }
  if (shape.encoder && shape.format === "gguf") add("encoder", undefined, shape.encoder.bytes);
  return [...sums.values()]
    .filter(({ bytes }) => bytes > 0)
    .map(({ device, part, bytes, tensors }) => ({
      name: `weights: ${part}`,
      kind: "weights",
      device,
      bytes: Math.round(bytes),
      formula: `${tensors} tensors, ${shape.quantization.name}, by their sizes in the file`,
      errorFraction: 0.01,
    }));

  /** Tied embeddings are copied to the device of the output layer where that is another. */
  function addCopy(bytes: number): void {
    const at = new Set(placement.weights("embedding", undefined).map(({ device }) => device));
    if (!placement.weights("output", undefined).every(({ device }) => at.has(device))) add("output", undefined, bytes);
  }
}

/** Where only the whole is known, each layer has an equal part. */
function unknownTensors(shape: ModelShape, layers: number, placement: Placement): readonly EstimateLine[] {
  const sums = new Map<MemoryDevice, number>();
  const total = shape.weightBytes ?? 0;
  for (let layer = 0; layer < layers; layer += 1) {
    for (const { device, share } of placement.weights("feed-forward", layer)) {
      sums.set(device, (sums.get(device) ?? 0) + (total / layers) * share);
    }
  }
  return [...sums].map(([device, bytes]) => ({
    name: "weights",
    kind: "weights",
    device,
    bytes: Math.round(bytes),
    formula: `${total} bytes over ${layers} layers alike: the tensors are not known`,
    errorFraction: 0.1,
  }));
}
