import type { CompletePlan, MemoryDevice, WorkingMemory } from "../../deploy/memory/engine-memory.ts";
import type { ModelShape } from "../../deploy/shape/model-shape.ts";
import { layerDevice, llamacppCells } from "./llamacpp-placement.ts";

const mebibyte = 1_048_576;

/** What the CUDA runtime takes of a GPU before anything is loaded, by what Ollama 0.34 sets aside. */
const gpuContextBytes = 457 * mebibyte;

/** What llama-server works with beside weights and cache, on each device. */
export function llamacppWorkingMemory(plan: CompletePlan, shape: ModelShape): readonly WorkingMemory[] {
  const devices = new Set<MemoryDevice>();
  const layers = shape.layers?.length ?? 0;
  for (let layer = 0; layer <= layers; layer += 1) devices.add(layerDevice(plan, layers, layer));
  const compute = [...devices].map((device) => computeBuffer(plan, shape, device));
  const gpus = Array.from({ length: plan.gpus }, (_, gpu): WorkingMemory => ({
    name: "CUDA context",
    device: `gpu ${gpu}`,
    bytes: gpuContextBytes,
    formula: "457 MiB for each GPU",
    errorFraction: 0.3,
  }));
  return [...compute, ...gpus, ...rearranged(plan, shape), outputBuffer(plan, shape), ...program(shape)];
}

/**
 * The buffer that a batch is computed in: the largest of three moments. Feed-forward: three vectors of its length and five
 * of the model's; attention without flash: a matrix of all tokens for each head; output: a row of the vocabulary for each.
 * Masks come on top: 2 bytes for each token of a batch and each that is kept, without flash attention 4.
 */
function computeBuffer(plan: CompletePlan, shape: ModelShape, device: MemoryDevice): WorkingMemory {
  const { batchTokens: batch, flashAttention, sequences } = plan;
  const { embeddingLength: length = 0, feedForwardLength = 0, vocabularySize = 0, experts } = shape;
  const widest = shape.layers?.reduce((most, { heads }) => Math.max(most, heads), 0) ?? 0;
  const kept = masks(plan, shape);
  const tokens = kept.reduce((sum, cells) => sum + cells, 0);
  const feedForward = experts
    ? Math.max(feedForwardLength, experts.used * (experts.feedForwardLength ?? feedForwardLength))
    : feedForwardLength;
  const outputs = plan.everyOutput ? batch : sequences;
  // Where queries and keys are normalized, they stand beside what they were.
  const copies = shape.tensors.some(({ name }) => /attn_q_norm|self_attn\.q_norm/.test(name)) ? 2 : 1;
  const vectors = (shape.layers ?? []).reduce(
    (most, { heads, kvHeads, keyLength, valueLength }) =>
      Math.max(most, copies * (heads * keyLength + kvHeads * (keyLength + valueLength))),
    0,
  );
  const moments = [
    { bytes: batch * 4 * (3 * feedForward + 5 * length), formula: `(3 × ${feedForward} + 5 × ${length})` },
    {
      bytes: outputs * vocabularySize * 4 + batch * 4 * 5 * length,
      formula: `(${outputs} outputs × ${vocabularySize} + 5 × ${length})`,
    },
    ...(flashAttention
      ? []
      : [
          {
            bytes: batch * 4 * (widest * Math.max(0, ...kept) + 5 * length + vectors),
            formula: `(${widest} heads × ${Math.max(0, ...kept)} tokens + ${5 * length + vectors})`,
          },
        ]),
  ];
  const most = moments.reduce((a, b) => (b.bytes > a.bytes ? b : a), { bytes: 0, formula: "" });
  const maskBytes = batch * tokens * (flashAttention ? 2 : 4);
  // Quantized keys and values are turned by a matrix of their own length.
  const turned = /^(f32|f16|bf16)$/.test(plan.keyType) ? 0 : 2 * 4 * (shape.layers?.[0]?.keyLength ?? 0) ** 2;
  return {
    name: "compute buffer",
    device,
    bytes: Math.round(most.bytes + maskBytes + turned + batch * 40),
    formula: `${batch} tokens of a batch × 4 bytes × ${most.formula}, and masks of ${batch} × ${tokens} tokens`,
    errorFraction: device === "memory" && plan.gpus === 0 ? 0.1 : 0.25,
  };
}

/** The tokens that a mask spans: one mask for layers that keep all, one for those with a window. */
function masks(plan: CompletePlan, shape: ModelShape): readonly number[] {
  const streams = plan.unifiedCache ? 1 : plan.sequences;
  return (["all", "window"] as const).flatMap((keeps) => {
    const some = shape.layers?.some(
      (layer) => layer.keeps === keeps || (keeps === "all" && layer.keeps === "all-and-state"),
    );
    return some ? [llamacppCells(keeps, plan, shape).cells / streams] : [];
  });
}

/** Types of which x86 processors with AVX2 get a copy with the rows of eight interleaved (`repack.cpp`). */
const rearrangedTypes = new Set(["Q4_0", "Q4_K", "IQ4_NL"]);

function rearranged(plan: CompletePlan, { tensors, layers = [] }: ModelShape): readonly WorkingMemory[] {
  const isHere = (name: string): boolean => {
    const [, layer] = /^blk\.(\d+)\..*weight$/.exec(name) ?? [];
    const stays = Number(layer) < plan.expertLayersInMemory && name.includes("_exps");
    return layer !== undefined && (stays || layerDevice(plan, layers.length, Number(layer)) === "memory");
  };
  const copied = tensors.filter(
    ({ name, type, shape: [, rows = 1] }) => rearrangedTypes.has(type) && rows > 1 && rows % 8 === 0 && isHere(name),
  );
  const bytes = copied.reduce((sum, tensor) => sum + tensor.bytes, 0);
  if (bytes === 0) return [];
  const formula = `${copied.length} tensors of Q4_0, Q4_K or IQ4_NL, as large as in the file`;
  return [{ name: "weights rearranged for the processor", device: "memory", bytes, formula, errorFraction: 0.1 }];
}

function outputBuffer({ sequences }: CompletePlan, { vocabularySize = 0 }: ModelShape): WorkingMemory {
  return {
    name: "output buffer",
    device: "memory",
    bytes: sequences * vocabularySize * 4,
    formula: `${sequences} sequences × ${vocabularySize} values of the vocabulary × 4 bytes`,
    errorFraction: 0.01,
  };
}

/**
 * What it holds without a model, what it makes of the vocabulary (seen with 49,152 and 262,144 tokens), and what a context has
 * beside its buffers: the graph's nodes, the scheduler's tables, the processor's scratch, and the prompt as it came.
 */
function program({ vocabularySize = 0 }: ModelShape): readonly WorkingMemory[] {
  return [
    { name: "the program", device: "memory", bytes: 12 * mebibyte, formula: "12 MiB", errorFraction: 0.3 },
    { name: "graph and scratch", device: "memory", bytes: 14 * mebibyte, formula: "14 MiB", errorFraction: 0.5 },
    {
      name: "vocabulary",
      device: "memory",
      bytes: 150 * vocabularySize,
      formula: `${vocabularySize} tokens × 150 bytes`,
      errorFraction: 0.3,
    },
  ];
}
