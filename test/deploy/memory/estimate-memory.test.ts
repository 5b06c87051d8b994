import { describe, expect, test } from "vitest";

import {
  bytesOfKind,
  estimateMemory,
  llamacppMemory,
  ollamaMemory,
  predictQuantization,
  reportedShape,
  vllmMemory,
  type EngineMemory,
  type MemoryEstimate,
  type MemoryPlan,
  type ModelShape,
} from "../../../src/deploy.ts";
import { configShape } from "../../../src/deploy/shape/config-shape.ts";
import type { JsonRecord } from "../../../src/deploy/shape/json-file.ts";
import { knownModels, plainShape } from "../../support/known-models.ts";
import { thrownBy } from "../../support/loopback.ts";

const mebibyte = 1_048_576;

function quantized(name: keyof typeof knownModels, mixture: "F16" | "Q8_0" | "Q4_K_M" | "Q4_0" | "Q4_1"): ModelShape {
  return predictQuantization(plainShape(knownModels[name]), mixture).shape;
}

/** SmolLM2 as it is, and Gemma with its windows, which the plain shape lacks. */
const smollm2 = quantized("SmolLM2 135M", "Q8_0");
const gemmaIn = (mixture: "F16" | "Q4_K_M"): ModelShape => {
  const shape = quantized("Gemma 3 270M", mixture);
  return {
    ...shape,
    window: { tokens: 512, kind: "sliding" },
    layers: (shape.layers ?? []).map((layer, index) => ({ ...layer, keeps: index % 6 === 5 ? "all" : "window" })),
  };
};

const named = ({ lines }: MemoryEstimate, name: string): number =>
  lines.reduce((sum, line) => sum + (line.name === name ? line.bytes : 0), 0) / mebibyte;

const shapeOfConfig = (config: JsonRecord): ModelShape => ({
  format: "safetensors",
  sources: ["a test"],
  ...configShape(config, [], { name: "none", weightType: "BF16", evidence: "a test" }),
});

/** MiB as llama-server b11434 logged them: weights, KV cache, compute buffer. */
const logged: readonly (readonly [string, ModelShape, MemoryPlan, readonly [number, number, number]])[] = [
  ["SmolLM2", smollm2, { contextLength: 512 }, [136.4, 11.25, 15.14]],
  ["SmolLM2", smollm2, { contextLength: 32_768 }, [136.4, 720, 46.64]],
  ["SmolLM2", smollm2, { contextLength: 2_048, sequences: 4 }, [136.4, 180, 16.64]],
  ["SmolLM2", smollm2, { contextLength: 2_048, sequences: 4, unifiedCache: true }, [136.4, 180, 22.64]],
  ["SmolLM2", smollm2, { contextLength: 4_096, keyType: "q8_0", valueType: "q8_0" }, [136.4, 47.81, 18.67]],
  ["SmolLM2", smollm2, { contextLength: 4_096, keyType: "q4_0", valueType: "q4_0" }, [136.4, 25.31, 18.67]],
  ["SmolLM2", smollm2, { contextLength: 4_096, batchTokens: 128 }, [136.4, 90, 4.66]],
  ["SmolLM2", smollm2, { contextLength: 8_192, flashAttention: false }, [136.4, 180, 167.51]],
  ["SmolLM2", smollm2, { contextLength: 4_096, everyOutput: true }, [136.4, 90, 105.65]],
  ["Gemma 3", gemmaIn("F16"), { contextLength: 2_048 }, [511.46, 21, 21.28]],
  ["Gemma 3", gemmaIn("F16"), { contextLength: 32_768 }, [511.46, 111, 51.28]],
  ["Gemma 3", gemmaIn("Q4_K_M"), { contextLength: 2_048, sequences: 4, unifiedCache: true }, [235.16, 61.5, 28.78]],
  ["Gemma 3", gemmaIn("Q4_K_M"), { contextLength: 2_048, sequences: 4 }, [235.16, 84, 21.28]],
  ["Gemma 3", gemmaIn("Q4_K_M"), { contextLength: 8_192, flashAttention: false }, [235.16, 39, 94.27]],
];

describe("what llama-server takes", () => {
  test.each(logged)("%s, %#", (_, shape, plan, [weights, cache, compute]) => {
    const estimate = estimateMemory(shape, llamacppMemory, plan);
    expect(bytesOfKind(estimate, "weights") / mebibyte).toBeCloseTo(weights, 0);
    expect(bytesOfKind(estimate, "cache") / mebibyte).toBeCloseTo(cache, 1);
    expect(named(estimate, "compute buffer") / compute).toBeCloseTo(1, 1);
  });

  test("every line says how it comes about, with its numbers", () => {
    const { lines, devices } = estimateMemory(gemmaIn("Q4_K_M"), llamacppMemory, { contextLength: 8_192 });
    expect(lines.find(({ name }) => name === "KV cache within the window")).toEqual({
      name: "KV cache within the window",
      kind: "cache",
      device: "memory",
      bytes: 15 * mebibyte,
      formula:
        "15 layers × 1 × 1024 tokens (the window of 512 and a batch of 512, in steps of 256) × 1 KV heads × (256 f16 + 256 f16 values)",
      errorFraction: 0.01,
    });
    expect(lines.every(({ formula }) => /\d/.test(formula))).toBe(true);
    const [memory] = devices;
    expect(memory?.lowBytes).toBeLessThan(memory?.bytes ?? 0);
    expect(memory?.highBytes).toBeGreaterThan(memory?.bytes ?? 0);
    expect(memory?.bytes).toBe(lines.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  test("weights of four bits are rearranged in a copy", () => {
    const estimate = estimateMemory(quantized("SmolLM2 135M", "Q4_0"), llamacppMemory, { contextLength: 512 });
    expect(named(estimate, "weights rearranged for the processor")).toBeCloseTo(56.95, 2);
  });

  test("on GPUs the last layers go first, and the embeddings stay in memory", () => {
    const llama = quantized("Llama 3 8B", "Q4_K_M");
    const on = (plan: Partial<MemoryPlan>) =>
      estimateMemory(llama, llamacppMemory, { contextLength: 8_192, ...plan }).lines.filter(
        ({ kind }) => kind !== "working",
      );
    const of = (lines: ReturnType<typeof on>, device: string): number =>
      lines.reduce((sum, line) => sum + (line.device === device ? line.bytes : 0), 0);
    const all = on({ gpus: 1 });
    expect(all.filter(({ device }) => device === "memory").map(({ name }) => name)).toEqual(["weights: embeddings"]);
    const half = on({ gpus: 1, gpuLayers: 16 });
    expect(of(half, "gpu 0") / of(all, "gpu 0")).toBeGreaterThan(0.4);
    expect(of(half, "gpu 0") / of(all, "gpu 0")).toBeLessThan(0.6);
    const two = on({ gpus: 2 });
    expect(of(two, "gpu 0") + of(two, "gpu 1")).toBe(of(all, "gpu 0"));
    expect(of(two, "gpu 0") / of(two, "gpu 1")).toBeGreaterThan(0.8);
  });

  test("experts that stay in memory leave the GPU", () => {
    const mixtral = quantized("Mixtral 8x7B", "Q4_K_M");
    const on = (layers: number) =>
      estimateMemory(mixtral, llamacppMemory, { contextLength: 4_096, gpus: 1, expertLayersInMemory: layers });
    const gpu = ({ devices }: MemoryEstimate): number => devices.find(({ device }) => device === "gpu 0")?.bytes ?? 0;
    expect(gpu(on(0)) / 1e9).toBeGreaterThan(27);
    expect(gpu(on(32)) / 1e9).toBeLessThan(4);
    expect(named(on(32), "weights: experts")).toBeCloseTo(named(on(0), "weights: experts"), 0);
  });

  test("what it cannot do is refused", () => {
    const refused = (plan: Partial<MemoryPlan>) =>
      thrownBy(() => estimateMemory(smollm2, llamacppMemory, { contextLength: 512, ...plan }));
    expect(refused({ keyType: "fp8" }).hint).toContain("q8_0");
    expect(refused({ flashAttention: false, valueType: "q8_0" }).code).toBe("invalid-request");
    expect(refused({ tensorParallel: 2, gpus: 2 }).code).toBe("invalid-request");
    expect(refused({ contextLength: 0 }).message).toContain("contextLength");
    expect(refused({ gpus: 1.5 }).message).toContain("gpus");
    expect(refused({ gpuLayer: 1 } as never).hint).toContain('"gpuLayers"');
    const reported = reportedShape({ id: "m", aliases: [], capabilities: {} as never });
    expect(thrownBy(() => estimateMemory(reported, llamacppMemory, { contextLength: 1 })).code).toBe("unsupported");
  });
});

describe("what Ollama takes", () => {
  /** `size` of `GET /api/ps` of Ollama 0.34.2, whose batches grow with the context. */
  test.each([
    [2_048, 161_407_302],
    [8_192, 333_006_765],
  ])("with %i tokens", (contextLength, size) => {
    const estimate = estimateMemory(quantized("SmolLM2 135M", "Q4_1"), ollamaMemory, { contextLength });
    const buffers =
      bytesOfKind(estimate, "weights") +
      bytesOfKind(estimate, "cache") +
      (named(estimate, "compute buffer") + named(estimate, "output buffer")) * mebibyte;
    expect(Math.abs(buffers / size - 1)).toBeLessThan(0.001);
  });

  test("rearranged weights are no copies, and its own process comes on top", () => {
    const plan = { contextLength: 2_048, sequences: 2 };
    const names = (engine: EngineMemory): readonly string[] =>
      estimateMemory(quantized("SmolLM2 135M", "Q4_0"), engine, plan).lines.map(({ name }) => name);
    expect(names(llamacppMemory)).toContain("weights rearranged for the processor");
    expect(names(ollamaMemory)).not.toContain("weights rearranged for the processor");
    expect(names(ollamaMemory)).toContain("Ollama's own process");
  });

  test("cache types that it does not take are refused", () => {
    const plan = { contextLength: 512, keyType: "q5_0" };
    expect(thrownBy(() => estimateMemory(smollm2, ollamaMemory, plan)).hint).toContain("q4_0");
  });
});

describe("what vLLM needs", () => {
  test.each([
    ["Ministral 3 3B", 106_496],
    ["Ministral 3 8B", 139_264],
    ["Ministral 3 14B", 163_840],
    ["Mixtral 8x7B", 131_072],
  ] as const)("%s keeps %i bytes for a token", (name, bytes) => {
    const { cacheBytesPerToken } = estimateMemory(plainShape(knownModels[name]), vllmMemory, { contextLength: 4_096 });
    expect(cacheBytesPerToken).toBe(bytes);
  });

  const latent = (layers: number, keyLength: number): ModelShape => ({
    ...plainShape({ ...knownModels["Ministral 3 8B"], layers }),
    latent: { rank: keyLength - 64, positionLength: 64 },
    layers: Array.from({ length: layers }, () => ({ keeps: "all", heads: 32, kvHeads: 1, keyLength, valueLength: 0 })),
  });

  test("latent attention keeps one vector for all heads: Mistral Small 4 and Large 3", () => {
    const bytesOf = (shape: ModelShape): number =>
      estimateMemory(shape, vllmMemory, { contextLength: 4_096 }).cacheBytesPerToken;
    expect(bytesOf(latent(36, 320))).toBe(23_040);
    expect(bytesOf(latent(61, 576))).toBe(70_272);
  });

  test("Ministral 3 14B at its whole context of 262,144 tokens keeps 40.0 GiB, the 8B 34.0", () => {
    for (const [name, gibibytes] of [
      ["Ministral 3 14B", 40],
      ["Ministral 3 8B", 34],
    ] as const) {
      const estimate = estimateMemory(plainShape(knownModels[name]), vllmMemory, { contextLength: 262_144, gpus: 1 });
      expect(bytesOfKind(estimate, "cache") / 2 ** 30).toBeCloseTo(gibibytes, 1);
    }
  });

  test("is divided by GPUs that share layers; a latent vector, and KV heads fewer than GPUs, are not", () => {
    const on = (shape: ModelShape, gpus: number) =>
      estimateMemory(shape, vllmMemory, { contextLength: 8_192, gpus }).lines.filter(
        ({ device }) => device === "gpu 0",
      );
    const sum = (lines: ReturnType<typeof on>, kind: string): number =>
      lines.reduce((total, line) => total + (line.kind === kind ? line.bytes : 0), 0);
    const llama = plainShape(knownModels["Llama 3 8B"]);
    expect(sum(on(llama, 4), "weights") / sum(on(llama, 1), "weights")).toBeCloseTo(0.25, 3);
    expect(sum(on(llama, 4), "cache") / sum(on(llama, 1), "cache")).toBe(0.25);
    expect(sum(on(llama, 16), "cache") / sum(on(llama, 1), "cache")).toBe(1 / 8);
    expect(sum(on(latent(36, 320), 4), "cache")).toBe(sum(on(latent(36, 320), 1), "cache"));
  });

  test("experts go whole to GPUs, and some have one more where they must", () => {
    const mixtral = plainShape({ ...knownModels["Mixtral 8x7B"], heads: 48, experts: 8 });
    const expertsOn = (plan: Partial<MemoryPlan>): number =>
      estimateMemory(mixtral, vllmMemory, { contextLength: 1_024, gpus: 3, ...plan }).lines.find(
        ({ name, device }) => name === "weights: experts" && device === "gpu 0",
      )?.bytes ?? 0;
    expect(expertsOn({ expertParallel: true }) / expertsOn({})).toBeCloseTo((3 / 8) * 3, 3);
  });

  test("Ministral 3 14B in FP8 fits on a card of 24 GB with some 40,000 tokens, and not with its 262,144", () => {
    const { tensors, ...shape } = plainShape(knownModels["Ministral 3 14B"]);
    const in8Bits = tensors.map((tensor) =>
      /^blk.*weight$/.test(tensor.name) && tensor.shape.length > 1 ? { ...tensor, bytes: tensor.bytes / 2 } : tensor,
    );
    const room = 24 * 2 ** 30 * 0.92;
    const needed = (contextLength: number): number =>
      estimateMemory({ ...shape, tensors: in8Bits }, vllmMemory, { contextLength, gpus: 1, batchTokens: 2_048 })
        .devices[0]?.bytes ?? 0;
    expect(needed(36_000)).toBeLessThan(room);
    expect(needed(50_000)).toBeGreaterThan(room);
  });

  test("layers are divided over groups of GPUs", () => {
    const { lines } = estimateMemory(plainShape(knownModels["Llama 3 8B"]), vllmMemory, {
      contextLength: 8_192,
      gpus: 4,
      pipelineParallel: 2,
    });
    const where = (name: string) => lines.filter((line) => line.name === name).map(({ device }) => device);
    expect(where("weights: embeddings")).toEqual(["gpu 0", "gpu 1"]);
    expect(where("weights: output layer")).toEqual(["gpu 2", "gpu 3"]);
    expect(where("KV cache")).toEqual(["gpu 0", "gpu 1", "gpu 2", "gpu 3"]);
    expect(lines.find(({ name }) => name === "KV cache")?.formula).toContain("16 layers × 1 × 8192 tokens");
  });

  /** "CPU KV cache size: 46,592 tokens", with VLLM_CPU_KVCACHE_SPACE=1. */
  test.each([
    ["bfloat16", 46_592],
    ["float32", 23_296],
  ])("1 GiB on the processor has room for as many tokens as vLLM 0.32 says, in %s", (keyType, tokens) => {
    const plan = { contextLength: 2_048, keyType };
    const { cacheBytesPerToken } = estimateMemory(smollm2, vllmMemory, plan);
    expect(Math.floor(2 ** 30 / (cacheBytesPerToken * 128)) * 128).toBe(tokens);
  });

  test("checkpoints of 32 bits are loaded in 16", () => {
    const shape = plainShape(knownModels["SmolLM2 135M"]);
    const tensors = shape.tensors.map((tensor) => ({ ...tensor, type: "F32", bytes: tensor.parameters * 4 }));
    const estimate = estimateMemory({ ...shape, tensors }, vllmMemory, { contextLength: 512 });
    expect(bytesOfKind(estimate, "weights")).toBe((shape.parameters?.total ?? 0) * 2);
  });

  test("a model in 32 bits, whose cache is of 32 too, is loaded in 32, and its output layer is rearranged in a copy", () => {
    const shape = plainShape(knownModels["SmolLM2 135M"]);
    const loadedIn = (keyType: string) => {
      const estimate = estimateMemory(shape, vllmMemory, { contextLength: 512, keyType });
      return [
        bytesOfKind(estimate, "weights") / mebibyte,
        named(estimate, "output layer rearranged for the processor"),
      ];
    };
    const [narrow = 0, copy = 0] = loadedIn("bfloat16");
    expect(copy).toBe((49_152 * 576 * 2) / mebibyte);
    expect(loadedIn("float32")).toEqual([expect.closeTo(narrow * 2, 0), copy * 2]);
    const onGpu = estimateMemory(shape, vllmMemory, { contextLength: 512, gpus: 1 });
    expect(named(onGpu, "output layer rearranged for the processor")).toBe(0);
  });

  /** What three processes of vLLM 0.32 held, less what they hold for a model of nothing, in MiB. */
  test.each([
    ["float32", 2_048, 1_820.4],
    ["bfloat16", 4_096, 1_534.6],
  ])("SmolLM2 in %s with 1 GiB of cache takes what was measured", (keyType, contextLength, held) => {
    const plan = { contextLength, sequences: 11, batchTokens: 2_048, keyType };
    const { lines } = estimateMemory(plainShape(knownModels["SmolLM2 135M"]), vllmMemory, plan);
    const bytes = lines.reduce((sum, line) => sum + (line.name.startsWith("the program") ? 0 : line.bytes), 0);
    expect(Math.abs(bytes / mebibyte / held - 1)).toBeLessThan(0.1);
  });

  test("a window costs its tokens and a batch", () => {
    const cacheOf = (contextLength: number): number =>
      bytesOfKind(
        estimateMemory(gemmaIn("F16"), vllmMemory, { contextLength, gpus: 1, batchTokens: 2_048, tensorParallel: 1 }),
        "cache",
      );
    const perToken = 1_024; // of a layer: one KV head, 256 + 256 values of 2 bytes
    expect(cacheOf(32_768)).toBe(perToken * (3 * 32_768 + 15 * (2_560 + 16)));
    expect(cacheOf(1_024)).toBe(perToken * 18 * 1_024);
  });

  test("Mixtral 8x22B has 281 GB of weights in 16 bits", () => {
    const mixtral = plainShape({
      ...knownModels["Mixtral 8x7B"],
      layers: 56,
      embedding: 6_144,
      heads: 48,
      feedForward: 16_384,
    });
    expect(bytesOfKind(estimateMemory(mixtral, vllmMemory, { contextLength: 16 }), "weights") / 1e9).toBeCloseTo(
      281.2,
      1,
    );
  });

  test("what it cannot do is refused", () => {
    const refused = (plan: Partial<MemoryPlan>) =>
      thrownBy(() => estimateMemory(smollm2, vllmMemory, { contextLength: 512, ...plan })).message;
    expect(refused({ tensorParallel: 2, gpus: 2 })).toContain("9 heads cannot be divided");
    expect(refused({ tensorParallel: 3, gpus: 4 })).toContain("are not 4 GPUs");
    expect(refused({ gpuLayers: 3 })).toContain("does not divide layers");
  });
});

describe("sparse attention keeps an indexer's keys besides", () => {
  const deepseek = shapeOfConfig({
    model_type: "deepseek_v32",
    num_hidden_layers: 61,
    hidden_size: 7_168,
    num_attention_heads: 128,
    num_key_value_heads: 128,
    kv_lora_rank: 512,
    qk_rope_head_dim: 64,
    index_head_dim: 128,
    index_n_heads: 64,
    index_topk: 2_048,
  });
  /** MiniMax M3 by the defaults of its sparse attention: the first three layers attend to all. */
  const minimax = shapeOfConfig({
    model_type: "minimax_m3",
    num_hidden_layers: 6,
    hidden_size: 4_096,
    num_attention_heads: 32,
    num_key_value_heads: 4,
    head_dim: 128,
    sparse_attention_config: { sparse_index_dim: 128, sparse_attention_freq: [0, 0, 0, 1, 1, 1] },
  });
  const perToken = (shape: ModelShape, engine: EngineMemory, keyType?: string): number =>
    estimateMemory(shape, engine, { contextLength: 4_096, ...(keyType ? { keyType, valueType: keyType } : {}) })
      .cacheBytesPerToken;

  test("DeepSeek V3.2: 128 bytes and a scale in each layer of vLLM, and the cache's type in llama-server", () => {
    expect(perToken(deepseek, vllmMemory)).toBe(61 * (576 * 2 + 132));
    expect(perToken(deepseek, vllmMemory, "fp8")).toBe(61 * (656 + 132));
    expect(perToken(deepseek, llamacppMemory)).toBe(61 * (576 + 128) * 2);
    expect(perToken(deepseek, llamacppMemory, "q8_0")).toBe(61 * (576 + 128) * (8.5 / 8));
  });

  test("it is not divided over GPUs that share a layer", () => {
    const { lines } = estimateMemory(deepseek, vllmMemory, { contextLength: 4_096, gpus: 8 });
    const keys = lines.filter(({ name }) => name === "indexer's keys");
    expect(keys.map(({ bytes }) => bytes)).toEqual(Array.from({ length: 8 }, () => 61 * 4_096 * 132));
    expect(keys[0]?.formula).toBe("61 layers × 1 × 4096 tokens (blocks of 16) × (a key of 128 bytes + 4 of scales)");
  });

  test("MiniMax M3: in its sparse layers alone, in 16 bits; llama-server keeps values too", () => {
    const all = 6 * 4 * 256 * 2;
    expect(perToken(minimax, vllmMemory)).toBe(all + 3 * 256);
    expect(perToken(minimax, llamacppMemory)).toBe(all + 3 * 512);
  });

  test("layers that use what one before has chosen keep none", () => {
    const kept = (config: JsonRecord): number =>
      shapeOfConfig({ ...config, num_hidden_layers: 8, kv_lora_rank: 8, qk_rope_head_dim: 8 }).layers?.filter(
        ({ indexed }) => indexed,
      ).length ?? 0;
    expect(kept({ index_head_dim: 128, index_topk: 16, index_topk_freq: 4 })).toBe(3);
    expect(kept({ index_head_dim: 128, index_topk: 16, index_topk_pattern: "FSSSFSSS" })).toBe(2);
    expect(kept({ index_head_dim: 128 })).toBe(0);
  });

  test("what is compressed, and not known, is said to be missing", () => {
    const unknown = shapeOfConfig({
      num_hidden_layers: 2,
      num_attention_heads: 4,
      hidden_size: 64,
      index_head_dim: 128,
      index_topk: 16,
      compress_ratios: [4, 128],
    });
    const notesOf = (shape: ModelShape): string =>
      estimateMemory(shape, vllmMemory, { contextLength: 512 }).notes.join();
    expect(notesOf(unknown)).toContain("not counted: it needs more");
    expect(notesOf(deepseek)).not.toContain("not counted");
    expect(notesOf(smollm2)).not.toContain("not counted");
  });
});
