import { describe, expect, test } from "vitest";

import type { GgufMixture } from "../../../src/deploy/quantize/gguf-mixtures.ts";
import { predictQuantization } from "../../../src/deploy/quantize/predict-quantization.ts";
import { configShape } from "../../../src/deploy/shape/config-shape.ts";
import type { ModelShape } from "../../../src/deploy/shape/model-shape.ts";
import { reportedShape } from "../../../src/deploy/shape/reported-shape.ts";
import { knownModels, plainShape } from "../../support/known-models.ts";
import { thrownBy } from "../../support/loopback.ts";

type Sizes = readonly (readonly [GgufMixture, number])[];

/** Bytes of the files that llama-quantize b11434 made of SmolLM2-135M-Instruct, whose rows are no whole blocks of 256. */
const smollm2: Sizes = [
  ["F32", 539_845_696],
  ["BF16", 270_885_952],
  ["Q8_0", 144_811_072],
  ["MXFP4_MOE", 144_811_072],
  ["Q6_K", 138_382_912],
  ["Q5_K_M", 112_103_488],
  ["Q5_1", 111_633_472],
  ["Q5_K_S", 109_974_592],
  ["Q4_K_M", 105_454_144],
  ["Q5_0", 104_997_952],
  ["Q4_K_S", 102_039_616],
  ["Q4_1", 98_362_432],
  ["Q3_K_L", 97_532_992],
  ["Q3_K_M", 93_510_208],
  ["IQ4_NL", 92_058_688],
  ["Q4_0", 91_726_912],
  ["Q2_K", 88_201_792],
  ["TQ2_0", 83_639_872],
  ["TQ1_0", 82_395_712],
];

/** And of Gemma 3 270M. */
const gemma: Sizes = [
  ["BF16", 542_833_344],
  ["Q8_0", 291_543_744],
  ["Q6_K", 282_972_864],
  ["Q5_K_M", 260_025_024],
  ["Q4_K_M", 253_113_024],
  ["Q4_K_S", 249_887_424],
  ["IQ4_NL", 242_289_344],
  ["Q3_K_M", 241_961_664],
  ["Q2_K", 237_077_184],
];

/** MiB of tensors by `llama-quantize --dry-run`: these want an importance matrix to be made. */
const gemmaDry: Sizes = [
  ["IQ1_S", 213],
  ["IQ1_M", 213.47],
  ["IQ2_XXS", 214.25],
  ["IQ2_XS", 215.22],
  ["IQ2_S", 217.06],
  ["IQ2_M", 217.68],
  ["IQ3_XXS", 220.2],
  ["IQ3_XS", 219.87],
  ["IQ3_S", 219.87],
  ["IQ3_M", 221.7],
  ["IQ4_XS", 223.87],
  ["Q2_K_S", 217.03],
  ["Q2_0", 197.11],
];

/** GiB as `llama-quantize --help` has them. */
const llama3: Sizes = [
  ["Q4_0", 4.34],
  ["Q4_1", 4.78],
  ["Q5_0", 5.21],
  ["Q5_1", 5.65],
  ["Q2_K", 2.96],
  ["Q3_K_S", 3.41],
  ["Q3_K_M", 3.74],
  ["Q3_K_L", 4.03],
  ["Q4_K_S", 4.37],
  ["Q4_K_M", 4.58],
  ["Q5_K_S", 5.21],
  ["Q5_K_M", 5.33],
  ["Q6_K", 6.14],
  ["Q8_0", 7.96],
];

const within = (predicted: number, real: number, fraction: number): void => {
  expect(Math.abs(predicted / real - 1)).toBeLessThanOrEqual(fraction);
};

describe("the size of a model in another mixture", () => {
  test.each(smollm2)("SmolLM2 135M in %s, to the byte", (mixture, bytes) => {
    expect(predictQuantization(plainShape(knownModels["SmolLM2 135M"]), mixture).fileBytes).toBe(bytes);
  });

  test.each(gemma)("Gemma 3 270M in %s, to the byte", (mixture, bytes) => {
    expect(predictQuantization(plainShape(knownModels["Gemma 3 270M"]), mixture).fileBytes).toBe(bytes);
  });

  test.each(gemmaDry)("Gemma 3 270M in %s, as llama-quantize says it would be", (mixture, mebibytes) => {
    const { weightBytes } = predictQuantization(plainShape(knownModels["Gemma 3 270M"]), mixture);
    expect(weightBytes / 1_048_576).toBeCloseTo(mebibytes, 2);
  });

  test.each(llama3)("Llama 3 8B in %s, as published", (mixture, gibibytes) => {
    within(predictQuantization(plainShape(knownModels["Llama 3 8B"]), mixture).fileBytes / 2 ** 30, gibibytes, 0.002);
  });

  test.each<[keyof typeof knownModels, GgufMixture, number]>([
    ["Ministral 3 3B", "Q4_K_M", 2.14],
    ["Ministral 3 8B", "Q5_K_M", 6.05],
    ["Ministral 3 14B", "Q8_0", 14.35],
    ["Mixtral 8x7B", "Q4_K_M", 28.45],
    ["Mixtral 8x7B", "Q8_0", 49.62],
  ])("%s in %s", (name, mixture, gigabytes) => {
    within(predictQuantization(plainShape(knownModels[name]), mixture).fileBytes / 1e9, gigabytes, 0.003);
  });

  test("tells what it is made of", () => {
    const { bytesByType, fallbacks, bitsPerWeight, shape } = predictQuantization(
      plainShape(knownModels["SmolLM2 135M"]),
      "Q4_K_M",
    );
    expect(Object.keys(bytesByType)).toEqual(["Q5_0", "Q8_0", "Q6_K", "Q4_K", "F32"]);
    expect(fallbacks).toBeGreaterThan(100);
    expect(bitsPerWeight).toBeCloseTo(6.17, 2);
    expect(shape.tensors.find(({ name }) => name === "blk.0.ffn_down.weight")?.type).toBe("Q6_K");
  });

  test("an importance matrix changes some types", () => {
    const shape = plainShape(knownModels["Llama 3 8B"]);
    const [without, withMatrix] = [false, true].map(
      (importanceMatrix) => predictQuantization(shape, "Q4_0", { importanceMatrix }).bytesByType["Q4_1"],
    );
    expect([without, withMatrix]).toEqual([undefined, (4 * 4_096 * 14_336 * 20) / 32]);
  });
});

describe("of safetensors", () => {
  const bf16 = (name: string, ...shape: readonly number[]) => {
    const parameters = shape.reduce((product, length) => product * length, 1);
    return { name, type: "BF16", shape, parameters, bytes: parameters * 2 };
  };
  const quantization = { name: "none", evidence: "" };
  const shapeOf = (config: object, tensors: readonly ReturnType<typeof bf16>[]): ModelShape => ({
    format: "safetensors",
    sources: [],
    ...configShape(
      { num_hidden_layers: 1, num_attention_heads: 4, vocab_size: 1_000, ...config },
      tensors,
      quantization,
    ),
  });

  test("names are those that a conversion gives, and experts are stacked", () => {
    const shape = shapeOf({ num_experts: 2, num_experts_per_tok: 1 }, [
      bf16("model.embed_tokens.weight", 1_000, 256),
      bf16("lm_head.weight", 1_000, 256),
      bf16("model.layers.0.self_attn.q_proj.weight", 512, 256),
      bf16("model.layers.0.mlp.gate.weight", 2, 256),
      bf16("model.layers.0.mlp.experts.0.down_proj.weight", 256, 512),
      bf16("model.layers.0.mlp.experts.1.down_proj.weight", 256, 512),
      bf16("model.norm.weight", 256),
    ]);
    const { shape: made, errorFraction } = predictQuantization(shape, "Q8_0");
    expect(
      Object.fromEntries(made.tensors.map(({ name, type, shape: lengths }) => [name, [type, ...lengths]])),
    ).toEqual({
      "token_embd.weight": ["Q8_0", 256, 1_000],
      "output.weight": ["Q8_0", 256, 1_000],
      "output_norm.weight": ["F32", 256],
      "blk.0.attn_q.weight": ["Q8_0", 256, 512],
      "blk.0.ffn_gate_inp.weight": ["F32", 256, 2],
      "blk.0.ffn_down_exps.weight": ["Q8_0", 512, 256, 2],
    });
    expect(errorFraction).toBe(0.01);
  });

  test("what is not known is not guessed", () => {
    const strange = shapeOf({}, [bf16("model.layers.0.warp_drive.weight", 4, 4)]);
    expect(thrownBy(() => predictQuantization(strange, "Q8_0"))).toMatchObject({ code: "unsupported" });
    const reported = reportedShape({ id: "m", aliases: [], capabilities: {} as never });
    expect(thrownBy(() => predictQuantization(reported, "Q8_0")).hint).toContain("readModel()");
    const falcon = plainShape({ ...knownModels["Llama 3 8B"], architecture: "falcon" });
    expect(thrownBy(() => predictQuantization(falcon, "Q8_0")).hint).toContain("--dry-run");
    const small = plainShape(knownModels["SmolLM2 135M"]);
    expect(thrownBy(() => predictQuantization(small, "Q1_0")).code).toBe("unsupported"); // llama-quantize refuses it too
    expect(thrownBy(() => predictQuantization(small, "Q9" as GgufMixture)).code).toBe("invalid-request");
  });
});
