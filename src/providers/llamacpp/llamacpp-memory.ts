import { InhouseError } from "../../core/error.ts";
import type { CompletePlan, EngineMemory, MemoryDevice, WorkingMemory } from "../../deploy/memory/engine-memory.ts";
import type { ModelShape } from "../../deploy/shape/model-shape.ts";

const mebibyte = 1_048_576;

/** `GGML_PAD(n, 256)`. */
const pad = (tokens: number): number => Math.ceil(tokens / 256) * 256;

/** What the CUDA runtime takes of a GPU before anything is loaded, by what Ollama 0.34 sets aside. */
const gpuContextBytes = 457 * mebibyte;

/**
 * How llama-server b11434 uses memory: the whole cache at the start, windows with room for a batch, one buffer to work in
 * for each device. Measured on the processor; on GPUs from its sources.
 */
export const llamacppMemory: EngineMemory = {
  title: "llama-server b11434",
  cacheBits: { f32: 32, f16: 16, bf16: 16, q8_0: 8.5, q5_1: 6, q5_0: 5.5, q4_1: 5, q4_0: 4.5, iq4_nl: 4.5 },
  stateValueBytes: 4,
  notes: ["A prompt cache in main memory grows with use, to 8 GiB at most: --cache-ram sets the bound."],

  complete(plan) {
    const { keyType = "f16", valueType = "f16", flashAttention = true, tensorParallel = 1, pipelineParallel } = plan;
    if (!flashAttention && !/^(f32|f16|bf16)$/.test(valueType)) {
      throw new InhouseError("invalid-request", `llama-server has no ${valueType} values without flash attention.`, {
        hint: "Leave flash attention on, or values f16.",
      });
    }
    const gpus = plan.gpus ?? 0;
    if (tensorParallel > 1 || plan.expertParallel || (pipelineParallel ?? gpus) > Math.max(1, gpus)) {
      throw new InhouseError(
        "invalid-request",
        "llama-server's memory is estimated with layers split over GPUs only.",
        {
          hint: "Leave tensorParallel and expertParallel out.",
        },
      );
    }
    const tokens = plan.contextLength * (plan.sequences ?? 1);
    return {
      sequences: 1,
      everyOutput: false,
      expertLayersInMemory: 0,
      unifiedCache: false,
      fullWindows: false,
      expertParallel: false,
      ...plan,
      keyType,
      valueType,
      flashAttention,
      gpus,
      tensorParallel: 1,
      pipelineParallel: Math.max(1, gpus),
      batchTokens: Math.min(plan.batchTokens ?? 512, pad(tokens)),
    };
  },

  cells(keeps, plan, shape) {
    const { sequences, unifiedCache, batchTokens } = plan;
    const streams = unifiedCache ? 1 : sequences;
    const whole = unifiedCache ? pad(plan.contextLength * sequences) : pad(plan.contextLength);
    const { tokens = 0 } = shape.window ?? {};
    if (keeps === "all" || plan.fullWindows) return { cells: streams * whole, formula: `${streams} × ${whole} tokens` };
    const wanted = tokens * (unifiedCache ? sequences : 1) + batchTokens;
    const within = pad(Math.min(whole, wanted));
    return {
      cells: streams * within,
      formula: `${streams} × ${within} tokens (the window of ${tokens} and a batch of ${batchTokens}, in steps of 256)`,
    };
  },

  /** A second cache of one head and of the first one's types: keys alone beside latent vectors, else values too. */
  indexed({ keyLength, chooses }, { valueLength }, { keyType, valueType }) {
    if (chooses === "compressed") return undefined;
    const values = chooses === "blocks" ? valueLength : 0;
    const { [keyType]: keyBits = 16, [valueType]: valueBits = 16 } = llamacppMemory.cacheBits;
    return {
      bytes: (keyLength * keyBits + values * valueBits) / 8,
      formula: `(${keyLength} ${keyType}${values > 0 ? ` + ${values} ${valueType}` : ""} values of the indexer)`,
    };
  },

  placement(plan, layers) {
    const deviceOf = (layer: number): MemoryDevice => layerDevice(plan, layers, layer);
    return {
      weights(role, layer) {
        if (role === "encoder") return [{ device: plan.gpus > 0 ? "gpu 0" : "memory", share: 1 }];
        if (layer === undefined) return [{ device: role === "embedding" ? "memory" : deviceOf(layers), share: 1 }];
        const stays = role === "experts" && layer < plan.expertLayersInMemory;
        return [{ device: stays ? "memory" : deviceOf(layer), share: 1 }];
      },
      cache: (layer) => [{ device: deviceOf(layer), share: 1 }],
    };
  },

  working(plan, shape) {
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
  },
};

/** The last layers go to GPUs, in equal parts; the output layer counts as one more. */
function layerDevice({ gpus, gpuLayers }: CompletePlan, layers: number, layer: number): MemoryDevice {
  const offloaded = gpus === 0 ? 0 : Math.min(gpuLayers ?? layers + 1, layers + 1);
  const place = layer - (layers + 1 - offloaded);
  return place < 0 ? "memory" : `gpu ${Math.min(gpus - 1, Math.floor((place * gpus) / offloaded))}`;
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
    return some ? [llamacppMemory.cells(keeps, plan, shape).cells / streams] : [];
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
