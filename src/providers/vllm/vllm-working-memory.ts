import type { CompletePlan, MemoryDevice, WorkingMemory } from "../../deploy/memory/engine-memory.ts";
import type { ModelShape } from "../../deploy/shape/model-shape.ts";
import type { TensorInfo } from "../../deploy/shape/tensor-info.ts";

const mebibyte = 1_048_576;

/** What vLLM works with beside weights and cache, on each device. */
export function vllmWorkingMemory(plan: CompletePlan, shape: ModelShape): readonly WorkingMemory[] {
  if (plan.gpus === 0) return [activations(plan, shape, "memory"), ...rearranged(plan, shape), ...onProcessor];
  return Array.from({ length: plan.gpus }, (_, gpu) => {
    const device: MemoryDevice = `gpu ${gpu}`;
    return [activations(plan, shape, device), ...ofGpu(plan, device)];
  }).flat();
}

/** Only a model in 32 bits has a cache of 32: its weights are loaded so, and checkpoints of 32 bits else in 16. */
const isWide = ({ keyType }: CompletePlan): boolean => keyType === "float32";

/** What a tensor takes once it is loaded. */
export function vllmLoadedBytes({ type, parameters, bytes }: TensorInfo, plan: CompletePlan): number {
  if (isWide(plan)) return /^(B?F16|F32|F64)$/.test(type) ? parameters * 4 : bytes;
  return type === "F32" || type === "F64" ? parameters * 2 : bytes;
}

/**
 * On the processor matrices that are not quantized are rearranged for its kernels and their first form is given up, but that
 * of the output layer, which may serve as embeddings (`dispatch_cpu_unquantized_gemm` of vLLM 0.32).
 */
function rearranged(plan: CompletePlan, { tensors, tiedEmbeddings }: ModelShape): readonly WorkingMemory[] {
  const named = tiedEmbeddings
    ? /^(token_embd|.*embed_tokens|tok_embeddings)\.weight$/
    : /^(output|(.*\.)?lm_head)\.weight$/;
  const output = tensors.find(({ name, type }) => named.test(name) && /^(B?F16|F32)$/.test(type));
  if (!output) return [];
  return [
    {
      name: "output layer rearranged for the processor",
      device: "memory",
      bytes: vllmLoadedBytes(output, plan),
      formula: `a copy of ${output.parameters} values of ${isWide(plan) ? 4 : 2} bytes`,
      errorFraction: 0.1,
    },
  ];
}

/** What its three processes hold that serve a model of nothing, and what more they hold with SmolLM2: 144 MiB in bfloat16, 115 in float32. */
const onProcessor: readonly WorkingMemory[] = [
  {
    name: "the program and its libraries",
    device: "memory",
    bytes: 1_600 * mebibyte,
    formula: "1600 MiB for its three processes",
    errorFraction: 0.2,
  },
  {
    name: "scratch of kernels and of the allocator",
    device: "memory",
    bytes: 128 * mebibyte,
    formula: "128 MiB",
    errorFraction: 0.5,
  },
];

function activations(plan: CompletePlan, shape: ModelShape, device: MemoryDevice): WorkingMemory {
  const { batchTokens: batch, sequences, tensorParallel } = plan;
  const { embeddingLength: length = 0, vocabularySize = 0, experts } = shape;
  const dense = shape.feedForwardLength ?? 0;
  const width = experts ? Math.max(dense, experts.used * (experts.feedForwardLength ?? dense)) : dense;
  const valueBytes = isWide(plan) ? 4 : 2;
  const vectors = Math.round((3 * width) / tensorParallel) + 4 * length;
  return {
    name: "activations",
    device,
    bytes: batch * vectors * valueBytes + sequences * vocabularySize * 4 * 3,
    formula: `${batch} tokens of a batch × ${vectors} values × ${valueBytes} bytes + ${sequences} sequences × ${vocabularySize} of the vocabulary × 12 bytes`,
    errorFraction: 0.5,
  };
}

function ofGpu({ tensorParallel }: CompletePlan, device: MemoryDevice): readonly WorkingMemory[] {
  const shared: WorkingMemory = {
    name: "buffers of the GPUs that share layers",
    device,
    bytes: 768 * mebibyte,
    formula: "768 MiB for NCCL",
    errorFraction: 0.5,
  };
  return [
    {
      name: "CUDA context and libraries",
      device,
      bytes: 600 * mebibyte,
      formula: "600 MiB for each GPU",
      errorFraction: 0.5,
    },
    {
      name: "CUDA graphs",
      device,
      bytes: 600 * mebibyte,
      formula: "600 MiB for each GPU; none with --enforce-eager",
      errorFraction: 1,
    },
    ...(tensorParallel > 1 ? [shared] : []),
  ];
}
