import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { imageBudget, imageTokens } from "../../src/media/image-tokens.ts";

const square = (edge: number): { width: number; height: number } => ({ width: edge, height: edge });

describe("the tokens of a picture", () => {
  test.each([
    ["pixtral-12b", square(1_024), 4_160],
    ["mistral-small-3.1-24b", square(1_540), 3_080],
    ["mistral-small-3.1-24b", square(1_280), 2_162],
    ["mistral-small-3.1-24b", { width: 1_240, height: 1_754 }, 2_200],
    ["qwen2.5-vl-7b", square(1_280), 2_116],
    ["qwen3-vl-8b", square(1_280), 1_600],
    ["gemma-3-4b-it", { width: 4_000, height: 300 }, 256],
  ])("%s, %j: %i", (model, size, tokens) => {
    expect(imageTokens(model, size)).toBe(tokens);
  });

  test("seventeen tiles and their marks at the most for SmolVLM", () => {
    const marks = 17 * 2 + 4 + 1;
    expect(imageTokens("SmolVLM-256M-Instruct", square(2_048))).toBe(17 * 64 + marks);
    expect(imageTokens("SmolVLM-500M-Instruct", { width: 2_048, height: 500 })).toBe(5 * 64 + 5 * 2 + 1 + 1);
  });

  interface Counted {
    readonly sizes: readonly (readonly [width: number, height: number])[];
    readonly tokens: Readonly<Record<string, readonly number[]>>;
  }
  /** What transformers and mistral_common say; `scripts/media/image-tokens.py` asked them. */
  const counted = JSON.parse(
    readFileSync(new URL("../fixtures/media/image-tokens.json", import.meta.url), "utf8"),
  ) as Counted;

  test.each(Object.entries(counted.tokens))("of %s are those of its own processor", (model, tokens) => {
    expect(counted.sizes.map(([width, height]) => imageTokens(model, { width, height }))).toEqual(tokens);
    expect(tokens.length).toBeGreaterThan(40);
  });
});

describe("which model a name means", () => {
  const size = { width: 1_240, height: 1_754 };
  const mistral = 2_200;

  test.each([
    ["mistralai/Mistral-Small-3.1-24B-Instruct-2503", mistral],
    ["mistral-small3.2:24b-instruct-2506-q4_K_M", mistral],
    ["hf.co/bartowski/mistralai_Mistral-Small-3.2-24B-Instruct-2506-GGUF:Q4_K_M", mistral],
    ["mistralai/Mistral-Small-4-119B-2603-NVFP4", mistral],
    ["mistralai/Ministral-3-8B-Instruct-2512", mistral],
    ["ministral-3:14b", mistral],
    ["/models/Ministral-3-3B-Reasoning-2512-Q8_0.gguf", mistral],
    ["mistralai/Mistral-Large-3-675B-Instruct-2512", mistral],
    ["mistralai/Mistral-Medium-3.5-128B", mistral],
    ["mistralai/Pixtral-12B-2409", imageTokens("pixtral-12b", size)],
    ["qwen2.5vl:7b", imageTokens("qwen2.5-vl-7b", size)],
    ["Qwen/Qwen2.5-VL-72B-Instruct-AWQ", imageTokens("qwen2.5-vl-7b", size)],
    ["Qwen/Qwen3-VL-30B-A3B-Instruct-FP8", imageTokens("qwen3-vl-8b", size)],
    ["qwen3-vl:8b", imageTokens("qwen3-vl-8b", size)],
    ["gemma3:12b-it-qat", 256],
    ["google/gemma-3-27b-it", 256],
    ["SmolVLM-500M-Instruct-Q8_0.gguf", imageTokens("smolvlm-256m", size)],
  ])("%s", (model, tokens) => {
    expect(tokens).toBeGreaterThan(0);
    expect(imageTokens(model, size)).toBe(tokens);
    expect(Object.keys(imageBudget(model))).toHaveLength(1);
  });

  test.each([
    "mistral-small:24b",
    "mistralai/Mistral-Small-24B-Instruct-2501",
    "mistralai/Ministral-8B-Instruct-2410",
    "ministral-3b-2410",
    "mistralai/Mistral-Large-Instruct-2411",
    "mistralai/Pixtral-Large-Instruct-2411",
    "Qwen/Qwen2.5-7B-Instruct",
    "qwen3:8b",
    "gemma3:1b",
    "google/gemma-3-270m-it",
    "google/gemma-3n-E4B-it",
    "embeddinggemma:300m",
    "HuggingFaceTB/SmolVLM-Instruct",
    "llama3.2-vision",
    "",
  ])("nothing is said of %j", (model) => {
    expect(imageTokens(model, size)).toBeUndefined();
    expect(imageBudget(model)).toEqual({});
  });
});

describe("what is more than a model makes use of", () => {
  test.each([
    ["pixtral-12b", { maxEdge: 1_024 }],
    ["ministral-3:8b", { maxEdge: 1_540 }],
    ["qwen2.5vl", { maxPixels: 12_845_056 }],
    ["qwen3-vl", { maxPixels: 16_777_216 }],
    ["gemma3", { maxEdge: 1_792 }],
    ["smolvlm-256m", { maxEdge: 2_048 }],
  ])("%s: %j", (model, budget) => {
    expect(imageBudget(model)).toEqual(budget);
  });

  test.each(["pixtral-12b", "ministral-3:8b"])("%s makes no fewer tokens of a picture within it", (model) => {
    const { maxEdge = 0 } = imageBudget(model);
    const within = { width: Math.round((maxEdge * 4) / 5), height: maxEdge };
    expect(imageTokens(model, within)).toBe(imageTokens(model, { width: within.width * 4, height: within.height * 4 }));
  });
});
