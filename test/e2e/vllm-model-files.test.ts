import { describe, expect, test } from "vitest";

import { prepareVllm } from "../../scripts/servers/index.ts";
import { folderOf, type VllmFolder } from "../../scripts/servers/vllm/vllm-models.ts";
import { estimateMemory, readAdapter, readModel, vllmMemory } from "../../src/deploy.ts";

/** The folder of a model that vLLM serves here. */
async function folder(name: VllmFolder): Promise<string> {
  const model = name === "minilm" ? "embedding" : name === "llava" ? "vision" : "chat";
  return folderOf(await prepareVllm({ model, lora: model === "chat" }), name);
}

describe("the files that vLLM serves", () => {
  test("SmolLM2", async () => {
    const shape = await readModel(await folder("smollm2"));
    expect(shape).toMatchObject({
      format: "safetensors",
      architecture: "llama",
      embeddingLength: 576,
      vocabularySize: 49_152,
      trainedContextLength: 8_192,
      tiedEmbeddings: true,
      parameters: { total: 134_515_008 },
      quantization: { name: "none", weightType: "F32", bitsPerWeight: 32 },
      weightBytes: 538_060_032,
    });
    expect(shape.layers).toHaveLength(30);
    expect(estimateMemory(shape, vllmMemory, { contextLength: 2_048 }).cacheBytesPerToken).toBe(23_040);
  });

  test("MiniLM, which keeps nothing for tokens", async () => {
    const shape = await readModel(await folder("minilm"));
    expect(shape).toMatchObject({ architecture: "bert", licence: "apache-2.0", trainedContextLength: 512 });
    expect(new Set(shape.layers?.map(({ keeps }) => keeps))).toEqual(new Set(["nothing"]));
  });

  test("a Llava, whose text model has a config of its own", async () => {
    const shape = await readModel(await folder("llava"));
    expect(shape.encoder?.kinds).toEqual(["image"]);
    expect(shape.encoder?.bytes).toBeGreaterThan(500_000);
    expect(shape.layers?.[0]).toEqual({ keeps: "all", heads: 4, kvHeads: 2, keyLength: 32, valueLength: 32 });
  });

  test("a LoRA adapter", async () => {
    expect(await readAdapter(await folder("smollm2-lora"))).toMatchObject({
      baseModel: "smollm2",
      rank: 8,
      alpha: 16,
      targets: ["q_proj", "v_proj"],
    });
  });
});
