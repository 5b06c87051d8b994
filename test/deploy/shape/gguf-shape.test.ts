import { describe, expect, test } from "vitest";

import { memorySource } from "../../../src/deploy/shape/byte-source.ts";
import { readGgufModel } from "../../../src/deploy/shape/gguf-model.ts";
import type { LayerMemory, ModelShape } from "../../../src/deploy/shape/model-shape.ts";
import { failureOf } from "../../support/loopback.ts";
import { smallLlama, writeGguf, type Written } from "../../support/model-files.ts";

/** The shape of files by name; the first is the one that is named. */
async function shapeOf(files: Readonly<Record<string, Buffer>>, projector?: string): Promise<ModelShape> {
  const [first = ""] = Object.keys(files);
  return await readGgufModel(
    first,
    (name) => {
      const bytes = files[name];
      return bytes ? Promise.resolve(memorySource(bytes, name)) : Promise.reject(new Error(`no ${name}`));
    },
    projector === undefined ? {} : { projector },
  );
}

/** The shape of a model without tensors. */
const told = (architecture: string, keys: Readonly<Record<string, Written>>): Promise<ModelShape> => {
  const named = Object.entries(keys).map(([key, value]) => [`${architecture}.${key}`, value] as const);
  return shapeOf({ "model.gguf": writeGguf({ "general.architecture": architecture, ...Object.fromEntries(named) }) });
};

/** What the layers keep, one letter each: all, window, state, both, nothing. */
function kept({ layers = [] }: ModelShape): string {
  const letters: Record<LayerMemory, string> = {
    all: "a",
    window: "w",
    state: "s",
    "all-and-state": "b",
    nothing: "-",
  };
  return layers.map(({ keeps }) => letters[keeps]).join("");
}

test("a plain model", async () => {
  const shape = await shapeOf({ "small.gguf": writeGguf(smallLlama.metadata, smallLlama.tensors) });
  expect(shape).toMatchObject({
    format: "gguf",
    sources: ["small.gguf"],
    name: "Small",
    architecture: "llama",
    licence: "apache-2.0",
    embeddingLength: 256,
    feedForwardLength: 512,
    vocabularySize: 2_000,
    trainedContextLength: 4_096,
    tiedEmbeddings: true,
    chatTemplate: { tools: true, reasoning: false },
    quantization: { name: "Q4_K_M", weightType: "Q4_K", evidence: "general.file_type 15" },
  });
  expect(shape.layers).toEqual(
    Array.from({ length: 2 }, () => ({ keeps: "all", heads: 8, kvHeads: 2, keyLength: 32, valueLength: 32 })),
  );
  expect(shape.parameters?.total).toBe(shape.tensors.reduce((sum, { parameters }) => sum + parameters, 0));
  expect(shape.groups.map(({ role }) => role)).toEqual(["embedding", "attention", "feed-forward", "norm"]);
});

describe("layers", () => {
  const attention = { block_count: 12, embedding_length: 64, "attention.head_count": 4, "attention.head_count_kv": 1 };
  const windowed = { ...attention, "attention.sliding_window": 512 };

  test.each([
    ["gemma3: five within the window, one not", "gemma3", windowed, "wwwwwawwwwwa"],
    ["gpt-oss: every other", "gpt-oss", windowed, "wawawawawawa"],
    ["smallthinker: the first of four attends to all", "smallthinker", windowed, "awwwawwwawww"],
    ["llama: the window of the file is not used", "llama", windowed, "aaaaaaaaaaaa"],
    ["phi3: nor there", "phi3", windowed, "aaaaaaaaaaaa"],
    [
      "a list in the file decides",
      "gemma4",
      { ...windowed, "attention.sliding_window_pattern": Array.from({ length: 12 }, (_, layer) => layer < 3) },
      "wwwaaaaaaaaa",
    ],
    ["qwen3next: three recurrent, one not", "qwen3next", { ...attention, "ssm.inner_size": 8 }, "sssasssasssa"],
    ["mamba2", "mamba2", { block_count: 3, "ssm.inner_size": 8 }, "sss"],
    ["falcon-h1: both in each layer", "falcon-h1", { ...attention, block_count: 3 }, "bbb"],
    [
      "jamba: those without KV heads are recurrent",
      "jamba",
      { ...attention, block_count: 4, "attention.head_count_kv": [0, 1, 0, 0] },
      "sass",
    ],
    [
      "nemotron_h: some are neither",
      "nemotron_h",
      { ...attention, block_count: 3, "attention.head_count_kv": [0, 1, 0], feed_forward_length: [0, 0, 64] },
      "sa-",
    ],
    ["layers that guess ahead are none", "deepseek2", { ...attention, nextn_predict_layers: 1 }, "aaaaaaaaaaa"],
    ["gemma4: the last read others' keys", "gemma4", { ...attention, "attention.shared_kv_layers": 4 }, "aaaaaaaa----"],
    ["bert keeps nothing", "bert", attention, "------------"],
  ])("%s", async (_, architecture, keys, expected) => {
    expect(kept(await told(architecture, keys))).toBe(expected);
  });

  test("have heads of their own, by list", async () => {
    const { layers } = await told("openelm", {
      ...attention,
      block_count: 2,
      "attention.head_count": [12, 16],
      "attention.head_count_kv": [3, 4],
      "attention.key_length": 64,
      "attention.value_length": 32,
    });
    expect(
      layers?.map(({ heads, kvHeads, keyLength, valueLength }) => [heads, kvHeads, keyLength, valueLength]),
    ).toEqual([
      [12, 3, 64, 32],
      [16, 4, 64, 32],
    ]);
  });

  test("with latent attention keep one vector of the key's length", async () => {
    const shape = await told("deepseek2", {
      ...attention,
      "attention.head_count_kv": 1,
      "attention.kv_lora_rank": 512,
      "attention.key_length": 576,
      "attention.value_length": 512,
      "attention.key_length_mla": 192,
      "attention.value_length_mla": 128,
      "rope.dimension_count": 64,
    });
    expect(shape.latent).toEqual({ rank: 512, positionLength: 64 });
    expect(shape.layers?.[0]).toMatchObject({ kvHeads: 1, keyLength: 576, valueLength: 0 });
  });

  test("of sparse attention with an indexer of their own are marked", async () => {
    const tensors = [0, 2].map((layer) => ({
      name: `blk.${layer}.indexer.attn_k.weight`,
      type: "F16",
      shape: [64, 8],
    }));
    const keys = { ...attention, block_count: 3, "attention.indexer.key_length": 8 };
    const toldBy = (architecture: string) =>
      shapeOf({
        "m.gguf": writeGguf(
          {
            "general.architecture": architecture,
            ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${architecture}.${key}`, value])),
          },
          tensors as never,
        ),
      });
    const shape = await toldBy("deepseek32");
    expect(shape.indexer).toEqual({ keyLength: 8, chooses: "tokens" });
    expect(shape.layers?.map(({ indexed }) => indexed)).toEqual([true, undefined, true]);
    expect((await toldBy("deepseek4")).indexer?.chooses).toBe("compressed");
  });

  test("that are recurrent keep a state of constant size", async () => {
    const { state } = await told("qwen3next", {
      ...attention,
      "ssm.conv_kernel": 4,
      "ssm.inner_size": 4_096,
      "ssm.state_size": 128,
      "ssm.group_count": 16,
    });
    expect(state).toEqual({ convolutionValues: 3 * (4_096 + 2 * 16 * 128), stateValues: 128 * 4_096 });
  });
});

test("of experts only those used are active", async () => {
  const shape = await shapeOf({
    "moe.gguf": writeGguf(
      {
        "general.architecture": "qwen3moe",
        "qwen3moe.block_count": 1,
        "qwen3moe.expert_count": 8,
        "qwen3moe.expert_used_count": 2,
        "qwen3moe.expert_feed_forward_length": 64,
      },
      [
        { name: "token_embd.weight", type: "F16", shape: [64, 100] },
        { name: "output.weight", type: "F16", shape: [64, 100] },
        { name: "blk.0.ffn_gate_inp.weight", type: "F32", shape: [64, 8] },
        { name: "blk.0.ffn_up_exps.weight", type: "MXFP4", shape: [64, 64, 8] },
      ],
    ),
  });
  expect(shape.experts).toEqual({ count: 8, used: 2, feedForwardLength: 64 });
  expect(shape.parameters).toEqual({ total: 46_080, active: 46_080 - (64 * 64 * 8 * 3) / 4 });
  expect(shape.tiedEmbeddings).toBe(false);
  expect(shape.groups.find(({ role }) => role === "experts")?.bytesByType).toEqual({ MXFP4: 64 * 64 * 8 * (17 / 32) });
});

describe("several files", () => {
  const [embedding, ...rest] = smallLlama.tensors;
  const part = (number: number, count = 2) => ({ "split.no": number, "split.count": count, "split.tensors.count": 14 });
  const first = writeGguf({ ...smallLlama.metadata, ...part(0) }, embedding ? [embedding] : []);
  const second = writeGguf(part(1), rest);

  test("are one model, whichever is named", async () => {
    const files = { "m-00001-of-00002.gguf": first, "m-00002-of-00002.gguf": second };
    const shape = await shapeOf(files);
    expect(shape.tensors).toHaveLength(14);
    expect(shape.fileBytes).toBe(first.length + second.length);
    const { "m-00002-of-00002.gguf": last, ...others } = files;
    expect(await shapeOf({ "m-00002-of-00002.gguf": last, ...others })).toEqual(shape);
  });

  test("that are not named so, or not the same model's, are refused", async () => {
    expect((await failureOf(shapeOf({ "m.gguf": first }))).message).toContain("is not named so");
    const other = writeGguf(part(1), rest.slice(1));
    const files = { "m-00001-of-00002.gguf": first, "m-00002-of-00002.gguf": other };
    expect((await failureOf(shapeOf(files))).message).toContain("hold 13 tensors, and should hold 14");
  });

  test("an encoder's file says of what", async () => {
    const encoder = writeGguf({ "general.architecture": "clip", "clip.has_vision_encoder": true });
    const files = { "small.gguf": writeGguf(smallLlama.metadata, smallLlama.tensors), "mmproj.gguf": encoder };
    expect((await shapeOf(files, "mmproj.gguf")).encoder).toEqual({ kinds: ["image"], bytes: encoder.length });
  });
});
