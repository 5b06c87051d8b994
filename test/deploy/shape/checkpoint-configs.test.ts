import { describe, expect, test } from "vitest";

import { checkpointQuantization } from "../../../src/deploy/shape/checkpoint-quantization.ts";
import { configShape } from "../../../src/deploy/shape/config-shape.ts";
import type { JsonRecord } from "../../../src/deploy/shape/json-file.ts";
import { configOfParams } from "../../../src/deploy/shape/mistral-params.ts";
import type { LayerMemory } from "../../../src/deploy/shape/model-shape.ts";
import { storedParameters } from "../../../src/deploy/shape/stored-parameters.ts";

/** The keys of real checkpoints' files that matter here. */
describe("how a checkpoint is quantized", () => {
  const group = (weights: object, input?: object, format = "") => ({
    quantization_config: {
      quant_method: "compressed-tensors",
      format,
      config_groups: { group_0: { weights, input_activations: input ?? null } },
    },
  });
  const float8 = { num_bits: 8, type: "float" };

  test.each<[string, object, object]>([
    ["nothing", {}, { name: "none" }],
    [
      "fp8 in blocks (DeepSeek V3)",
      { quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] } },
      { name: "fp8", bits: 8, groupSize: 16_384, activations: true },
    ],
    [
      "AWQ",
      { quantization_config: { quant_method: "awq", bits: 4, group_size: 128 } },
      { name: "awq", bits: 4, groupSize: 128 },
    ],
    [
      "GPTQ in a text model",
      { text_config: { quantization_config: { quant_method: "gptq", bits: 8, group_size: 32 } } },
      { name: "gptq", bits: 8, groupSize: 32 },
    ],
    ["MXFP4 (gpt-oss)", { quantization_config: { quant_method: "mxfp4" } }, { name: "mxfp4", bits: 4 }],
    [
      "bitsandbytes",
      { quantization_config: { quant_method: "bitsandbytes", load_in_4bit: true, bnb_4bit_quant_type: "nf4" } },
      { name: "bitsandbytes-nf4", bits: 4 },
    ],
    ["FP8 with dynamic activations", group(float8, float8, "float-quantized"), { name: "fp8", activations: true }],
    ["INT8", group({ num_bits: 8, type: "int" }, { num_bits: 8 }, "int-quantized"), { name: "int8", bits: 8 }],
    [
      "W4A16",
      group({ num_bits: 4, type: "int", group_size: 128 }, undefined, "pack-quantized"),
      { name: "w4a16", bits: 4, groupSize: 128, activations: false },
    ],
    [
      "NVFP4",
      group({ num_bits: 4, type: "float", group_size: 16 }, { num_bits: 4 }, "nvfp4-pack-quantized"),
      { name: "nvfp4", bits: 4, groupSize: 16 },
    ],
  ])("%s", (_, config, expected) => {
    expect(checkpointQuantization({ config: config as JsonRecord }, [])).toMatchObject(expected);
  });

  test("by ModelOpt's file, with the cache that it asks for", () => {
    const modelOpt = { quantization: { quant_algo: "NVFP4", kv_cache_quant_algo: "FP8", group_size: 16 } };
    expect(checkpointQuantization({ config: {}, modelOpt }, [])).toEqual({
      name: "nvfp4",
      bits: 4,
      activations: true,
      groupSize: 16,
      kvCache: "fp8",
      evidence: "hf_quant_config.json: quantization",
    });
  });

  test("packed weights are counted as what they stand for, scales not at all", () => {
    const count = (name: string, type: string, bits: number): number =>
      storedParameters({ name, type, shape: [100], parameters: 100, bytes: 0 }, { name: "", bits, evidence: "" });
    expect(count("layers.0.q_proj.qweight", "I32", 4)).toBe(800);
    expect(count("layers.0.q_proj.weight_packed", "U8", 4)).toBe(200);
    expect(count("layers.0.mlp.experts.gate_up_proj_blocks", "U8", 4)).toBe(200);
    expect(count("layers.0.q_proj.weight", "BF16", 4)).toBe(100);
    expect(count("layers.0.q_proj.weight", "F8_E4M3", 8)).toBe(100);
    for (const name of ["qzeros", "scales", "weight_scale", "weight_scale_inv", "g_idx", "gate_up_proj_scales"]) {
      expect(count(`layers.0.q_proj.${name}`, "F16", 4)).toBe(0);
    }
  });
});

describe("what the layers keep", () => {
  const letters: Record<LayerMemory, string> = {
    all: "a",
    window: "w",
    state: "s",
    "all-and-state": "b",
    nothing: "-",
  };
  const shapeOf = (config: JsonRecord) => configShape(config, [], { name: "none", evidence: "" });
  const plain = { num_hidden_layers: 8, hidden_size: 64, num_attention_heads: 4 };

  test.each<[string, JsonRecord, string]>([
    ["a plain model", plain, "aaaaaaaa"],
    ["Mistral 7B v0.1: all within the window", { ...plain, sliding_window: 4_096 }, "wwwwwwww"],
    ["Qwen 2: a window that is not used", { ...plain, sliding_window: 4_096, use_sliding_window: false }, "aaaaaaaa"],
    [
      "Qwen 2: the first layers attend to all",
      { ...plain, sliding_window: 4_096, use_sliding_window: true, max_window_layers: 3 },
      "aaawwwww",
    ],
    ["Gemma 3", { ...plain, model_type: "gemma3_text", sliding_window: 512 }, "wwwwwaww"],
    [
      "gpt-oss: a list of kinds, in a text model",
      {
        text_config: {
          ...plain,
          num_hidden_layers: 3,
          sliding_window: 128,
          layer_types: ["sliding_attention", "full_attention", "linear_attention"],
        },
      },
      "was",
    ],
    ["Llama 4", { ...plain, model_type: "llama4_text", attention_chunk_size: 8_192 }, "wwwawwwa"],
    ["Qwen 3 Next", { ...plain, full_attention_interval: 4 }, "sssasssa"],
    ["Jamba", { ...plain, attn_layer_period: 8, attn_layer_offset: 4 }, "ssssasss"],
    ["Nemotron-H", { ...plain, hybrid_override_pattern: "M-M*M-M*" }, "s-sas-sa"],
    ["Gemma 3n: the last read others' keys", { ...plain, num_kv_shared_layers: 3 }, "aaaaa---"],
    ["BERT", { ...plain, model_type: "bert" }, "--------"],
    ["Mamba 2", { ...plain, model_type: "mamba2" }, "ssssssss"],
  ])("%s", (_, config, expected) => {
    expect(
      shapeOf(config)
        .layers?.map(({ keeps }) => letters[keeps])
        .join(""),
    ).toBe(expected);
  });

  test("DeepSeek V3 keeps one vector a layer", () => {
    const { latent, layers } = shapeOf({ ...plain, kv_lora_rank: 512, qk_rope_head_dim: 64, num_key_value_heads: 4 });
    expect(latent).toEqual({ rank: 512, positionLength: 64 });
    expect(layers?.[0]).toMatchObject({ kvHeads: 1, keyLength: 576, valueLength: 0 });
  });

  test("the context with positions stretched", () => {
    const contextOf = (more: JsonRecord) => shapeOf({ ...plain, ...more }).trainedContextLength;
    expect(contextOf({ max_position_embeddings: 40_960 })).toBe(40_960);
    expect(
      contextOf({
        max_position_embeddings: 32_768,
        rope_scaling: { rope_type: "yarn", factor: 4, original_max_position_embeddings: 32_768 },
      }),
    ).toBe(131_072);
    expect(contextOf({ max_position_embeddings: 131_072, rope_scaling: { rope_type: "llama3", factor: 8 } })).toBe(
      131_072,
    );
  });

  test("a config with nonsense in it has no layers rather than wrong ones", () => {
    expect(shapeOf({ num_hidden_layers: -1 }).layers).toBeUndefined();
    expect(shapeOf({ num_hidden_layers: 1e9 }).layers).toBeUndefined();
    expect(shapeOf({ num_hidden_layers: "8" }).layers).toBeUndefined();
  });

  test("Mistral's windows by layer", () => {
    const config = configOfParams({ n_layers: 4, dim: 64, n_heads: 4, sliding_window: [4_096, null] });
    const { layers, window } = shapeOf(config);
    expect(layers?.map(({ keeps }) => letters[keeps]).join("")).toBe("wawa");
    expect(window).toEqual({ tokens: 4_096, kind: "sliding" });
  });
});
