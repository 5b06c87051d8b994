import { describe, expect, test } from "vitest";

import { isInhouseError } from "../../../src/core/error.ts";
import { estimateMemory, llamacppMemory, readModel, vllmMemory } from "../../../src/deploy.ts";
import { configShape } from "../../../src/deploy/shape/config-shape.ts";
import type { JsonRecord } from "../../../src/deploy/shape/json-file.ts";
import { configOfParams } from "../../../src/deploy/shape/mistral-params.ts";
import { failureOf, thrownBy } from "../../support/loopback.ts";
import { smallLlama, writeGguf, writeSafetensors } from "../../support/model-files.ts";
import { writtenFolder } from "../../support/written-folder.ts";

const quantization = { name: "none", weightType: "BF16", evidence: "a test" } as const;
const shapeOf = (config: JsonRecord) => ({
  format: "safetensors" as const,
  sources: ["a test"],
  ...configShape(config, [], quantization),
});
const weights = writeSafetensors({ "model.embed_tokens.weight": ["BF16", [100, 16], 3_200] });

describe("numbers that no model has", () => {
  test.each([2 ** 32 - 1, 10_001])("%i layers in a GGUF file are refused", async (count) => {
    const file = writeGguf({ ...smallLlama.metadata, "llama.block_count": count }, smallLlama.tensors);
    const error = await failureOf(readModel(`${writtenFolder({ "m.gguf": file })}/m.gguf`));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(`claims ${count} layers`);
  });

  test.each([1e15, 2 ** 63, -1, 1e308, "9"])("%s layers in a config are no layers", (count) => {
    const shape = shapeOf({ num_hidden_layers: count, num_attention_heads: 4, hidden_size: 64 });
    expect(thrownBy(() => estimateMemory(shape, vllmMemory, { contextLength: 512 })).code).toBe("unsupported");
  });

  test("a params.json of 2^63 layers, and one with a window for each of a million, are read soon", () => {
    const windows = Array.from({ length: 1_000_000 }, () => 512);
    expect(shapeOf(configOfParams({ n_layers: 2 ** 63, sliding_window: windows })).layers).toBeUndefined();
    const { layers } = shapeOf(configOfParams({ n_layers: 2, n_heads: 4, dim: 64, sliding_window: windows }));
    expect(layers?.map(({ keeps }) => keeps)).toEqual(["window", "window"]);
  });

  test("a config in a config in a config without end is read", () => {
    let config: JsonRecord = { num_hidden_layers: 1 };
    for (let deep = 0; deep < 50_000; deep += 1) config = { text_config: config };
    expect(shapeOf(config).layers).toBeUndefined();
  });
});

describe("JSON cut at every byte is an error of ours", () => {
  const config = { model_type: "mistral", num_hidden_layers: 2, hidden_size: 16, num_attention_heads: 4 };
  const params = { dim: 16, n_layers: 2, n_heads: 4, n_kv_heads: 2, head_dim: 4, moe: { num_experts: 2 } };

  test.each([
    ["config.json", config, "model.safetensors"],
    ["params.json", params, "consolidated.safetensors"],
    ["model.safetensors.index.json", { weight_map: { a: "model.safetensors" } }, "model.safetensors"],
  ])("%s", async (name, content, shard) => {
    const text = JSON.stringify(content);
    const base = name === "model.safetensors.index.json" ? { "config.json": config } : {};
    expect((await readModel(writtenFolder({ ...base, [name]: content, [shard]: weights }))).format).toBe("safetensors");
    for (let length = 0; length < text.length; length += 1) {
      const folder = writtenFolder({ ...base, [name]: text.slice(0, length), [shard]: weights });
      expect([length, (await failureOf(readModel(folder))).code]).toEqual([length, "invalid-request"]);
    }
  });

  test("a manifest of Ollama's", async () => {
    const digest = "a".repeat(64);
    const model = { mediaType: "application/vnd.ollama.image.model", digest: `sha256:${digest}`, size: 1 };
    const text = JSON.stringify({ schemaVersion: 2, layers: [model] });
    const storeWith = (manifest: string) => ({
      ollama: "m",
      store: writtenFolder({
        "manifests/registry.ollama.ai/library/m/latest": manifest,
        [`blobs/sha256-${digest}`]: writeGguf(smallLlama.metadata, smallLlama.tensors),
      }),
    });
    const whole = await readModel(storeWith(text)).catch((error: unknown) => error);
    expect(isInhouseError(whole)).toBe(false);
    for (let length = 0; length < text.length; length += 1) {
      const { code } = await failureOf(readModel(storeWith(text.slice(0, length))));
      expect([length, code]).toEqual([length, "invalid-request"]);
    }
  });
});

test("a model of a hostile shape is an estimate or an error of ours", async () => {
  const keys = {
    "llama.embedding_length": 2 ** 32 - 1,
    "llama.attention.head_count": 0,
    "llama.attention.head_count_kv": 2 ** 32 - 1,
    "llama.feed_forward_length": 2 ** 32 - 1,
  };
  const file = writeGguf({ ...smallLlama.metadata, ...keys }, smallLlama.tensors);
  const shape = await readModel(`${writtenFolder({ "m.gguf": file })}/m.gguf`);
  const { devices } = estimateMemory(shape, llamacppMemory, { contextLength: 512 });
  expect(devices.every(({ bytes }) => Number.isFinite(bytes) && bytes >= 0)).toBe(true);
});
