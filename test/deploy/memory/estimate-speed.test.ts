import { describe, expect, test } from "vitest";

import { estimateSpeed, predictQuantization, type GgufMixture } from "../../../src/deploy.ts";
import { knownModels, plainShape } from "../../support/known-models.ts";

const qwen = { ...plainShape(knownModels["Qwen 3 4B"]), format: "safetensors" as const };
const l4 = { memoryBytesPerSecond: 300e9, operationsPerSecond: 121e12 };

describe("how fast a model answers", () => {
  /** vLLM 0.25 on an L4, as its documentation has it: context, most, measured. */
  test.each([
    [2_048, 36, 29.1],
    [32_768, 23.3, 19.4],
  ])("Qwen 3 4B with %i tokens: at most %f, %f measured", (contextTokens, most, measured) => {
    const speed = estimateSpeed(qwen, l4, { contextTokens });
    expect(speed.mostTokensPerSecond).toBeCloseTo(most, 0);
    expect(Math.abs(speed.tokensPerSecond / measured - 1)).toBeLessThan(0.03);
  });

  test("a cache of 8 bits is read in half the time", () => {
    const { tokensPerSecond } = estimateSpeed(qwen, l4, { contextTokens: 32_768, cacheBits: 8 });
    expect(Math.abs(tokensPerSecond / 23.4 - 1)).toBeLessThan(0.03);
  });

  /** llama.cpp's table for Llama 3.1 8B, whose F16 gives the memory's speed. */
  test.each<[GgufMixture, number]>([
    ["F16", 29.2],
    ["Q8_0", 50.9],
    ["Q6_K", 58.7],
    ["Q4_K_M", 71.9],
    ["Q4_K_S", 76.7],
  ])("Llama 3 8B in %s: %f as llama.cpp measured", (mixture, measured) => {
    const quantized = predictQuantization(plainShape(knownModels["Llama 3 8B"]), mixture).shape;
    const device = { memoryBytesPerSecond: 468e9 / 0.82 };
    const { tokensPerSecond } = estimateSpeed(quantized, device, { contextTokens: 1 });
    expect(Math.abs(tokensPerSecond / measured - 1)).toBeLessThan(0.1);
  });

  test("many sequences share the weights, and each reads its own cache", () => {
    const one = estimateSpeed(qwen, l4, { contextTokens: 1_024 });
    const many = estimateSpeed(qwen, l4, { contextTokens: 1_024, sequences: 16 });
    expect(many.weightBytesPerStep).toBe(one.weightBytesPerStep);
    expect(many.cacheBytesPerStep).toBe(one.cacheBytesPerStep * 16);
    expect(many.tokensPerSecond / one.tokensPerSecond).toBeGreaterThan(12);
  });

  test("of experts those used are read, of many sequences nearly all", () => {
    const mixtral = plainShape(knownModels["Mixtral 8x7B"]);
    const read = (sequences: number): number =>
      estimateSpeed(mixtral, l4, { contextTokens: 1, sequences }).weightBytesPerStep / 1e9;
    expect(read(1)).toBeCloseTo(25.5, 0);
    expect(read(64)).toBeCloseTo(93.1, 0);
  });

  test("a prompt is bound by what is computed", () => {
    const { firstTokenMs, promptTokensPerSecond } = estimateSpeed(qwen, l4, { contextTokens: 4_096, efficiency: 1 });
    const operations = 2 * 4.02e9 * 4_096 + 36 * 2 * 32 * 128 * 4_096 ** 2;
    expect((firstTokenMs ?? 0) / ((operations / 121e12) * 1_000)).toBeCloseTo(1, 1);
    expect(promptTokensPerSecond).toBeCloseTo((4_096 / (firstTokenMs ?? 1)) * 1_000, 3);
    expect(estimateSpeed(qwen, { memoryBytesPerSecond: 1 }, { contextTokens: 1 })).not.toHaveProperty("firstTokenMs");
  });
});
