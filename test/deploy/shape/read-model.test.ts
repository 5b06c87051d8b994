import { describe, expect, onTestFinished, test } from "vitest";

import { readAdapter, readModel } from "../../../src/deploy.ts";
import { reportedShape } from "../../../src/deploy/shape/reported-shape.ts";
import { failureOf, loopback } from "../../support/loopback.ts";
import { smallLlama, writeGguf, writeSafetensors } from "../../support/model-files.ts";
import { writtenFolder } from "../../support/written-folder.ts";

const gguf = writeGguf(smallLlama.metadata, smallLlama.tensors);
const config = {
  model_type: "qwen3",
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  vocab_size: 100,
  max_position_embeddings: 4_096,
};
const shard = (layer: number) =>
  writeSafetensors({
    [`model.layers.${layer}.self_attn.q_proj.weight`]: ["BF16", [32, 16], 1_024],
    ...(layer === 0 ? { "model.embed_tokens.weight": ["BF16", [100, 16], 3_200] as const } : {}),
  });
const index = {
  weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" },
};

describe("a folder of safetensors", () => {
  const files = {
    "config.json": config,
    "model.safetensors.index.json": index,
    "model-00001-of-00002.safetensors": shard(0),
    "model-00002-of-00002.safetensors": shard(1),
    "chat_template.jinja": "{% if tools %}…{% endif %}{{ enable_thinking }}",
    "README.md": "---\nlanguage: en\nlicense: apache-2.0\n---\n# Model",
  };

  test("is one model", async () => {
    const folder = writtenFolder(files);
    const shape = await readModel(folder);
    expect(shape).toMatchObject({
      format: "safetensors",
      architecture: "qwen3",
      licence: "apache-2.0",
      tiedEmbeddings: true,
      parameters: { total: 2_624, active: 2_624 },
      quantization: { name: "none", weightType: "BF16", bitsPerWeight: 16 },
      chatTemplate: { tools: true, reasoning: true },
    });
    expect(shape.layers).toEqual(
      Array.from({ length: 2 }, () => ({ keeps: "all", heads: 4, kvHeads: 2, keyLength: 8, valueLength: 8 })),
    );
    expect(shape.fileBytes).toBe(files["model-00001-of-00002.safetensors"].length + shard(1).length);
  });

  test("that lacks a shard says which", async () => {
    const { "model-00002-of-00002.safetensors": _, ...rest } = files;
    const error = await failureOf(readModel(writtenFolder(rest)));
    expect(error.code).toBe("not-found");
    expect(error.message).toContain("model-00002-of-00002.safetensors");
  });

  test("whose index leads out of it is refused", async () => {
    const away = { weight_map: { a: "../secret.safetensors" } };
    const error = await failureOf(readModel(writtenFolder({ ...files, "model.safetensors.index.json": away })));
    expect(error.code).toBe("invalid-request");
  });

  test("with nothing of a model, or an adapter, is refused with what to do", async () => {
    expect((await failureOf(readModel(writtenFolder({ "a.txt": "a" })))).message).toContain("neither a config.json");
    const adapter = writtenFolder({ "adapter_config.json": { r: 8 } });
    expect((await failureOf(readModel(adapter))).hint).toContain("readAdapter()");
    expect((await failureOf(readModel(writtenFolder({ "config.json": config })))).message).toContain("no safetensors");
    expect((await failureOf(readModel("/nowhere/at/all"))).code).toBe("not-found");
  });

  test("of Mistral's own kind is read by params.json", async () => {
    const params = {
      dim: 4_096,
      n_layers: 4,
      head_dim: 128,
      hidden_dim: 14_336,
      n_heads: 32,
      n_kv_heads: 8,
      vocab_size: 131_072,
      max_seq_len: 128_000,
      moe: { num_experts: 8, num_experts_per_tok: 2 },
      vision_encoder: { hidden_size: 1_024 },
      quantization: { qformat_weight: "fp8_e4m3", qscheme_act: "TENSOR" },
    };
    const weights = writeSafetensors({
      "layers.0.attention.wq.weight": ["F8_E4M3", [4, 4], 16],
      "layers.0.experts.0.w1.weight": ["F8_E4M3", [4, 4], 16],
      "layers.0.experts.0.w1.qscale_weight": ["F32", [], 4],
      "vision_encoder.patch_conv.weight": ["BF16", [4], 8],
    });
    const shape = await readModel(writtenFolder({ "params.json": params, "consolidated.safetensors": weights }));
    expect(shape).toMatchObject({
      architecture: "mixtral",
      experts: { count: 8, used: 2 },
      trainedContextLength: 128_000,
      quantization: { name: "fp8", weightType: "F8_E4M3", activations: true },
      encoder: { kinds: ["image"], bytes: 8 },
    });
    expect(shape.layers?.[0]).toEqual({ keeps: "all", heads: 32, kvHeads: 8, keyLength: 128, valueLength: 128 });
  });
});

test("a GGUF file and a folder are read over HTTP by ranges", async () => {
  const folder: Readonly<Record<string, Buffer>> = {
    "/m/small.gguf": gguf,
    "/m/folder/config.json": Buffer.from(JSON.stringify(config)),
    "/m/folder/model.safetensors": shard(0),
  };
  const server = await loopback(({ head, socket }) => {
    const [, path = ""] = /^GET (\S+)/.exec(head) ?? [];
    const [, first = "0", last = "0"] = /range: bytes=(\d+)-(\d+)/i.exec(head) ?? [];
    const body = folder[path];
    if (!body) return socket.write("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    const end = Math.min(Number(last), body.length - 1);
    const part = body.subarray(Number(first), end + 1);
    socket.write(`HTTP/1.1 206 Partial Content\r\ncontent-length: ${part.length}\r\n`);
    socket.write(`content-range: bytes ${first}-${end}/${body.length}\r\n\r\n`);
    return socket.write(part);
  });
  expect((await readModel(`${server.origin}/m/small.gguf`)).name).toBe("Small");
  expect((await readModel(`${server.origin}/m/folder/`)).layers).toHaveLength(2);
  expect((await failureOf(readModel(`${server.origin}/m/other.gguf`))).code).toBe("not-found");
  await server.allClosed();
});

describe("Ollama's store", () => {
  const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
  const blob = (letter: string): string => `blobs/sha256-${letter.repeat(64)}`;
  const layer = (kind: string, letter: string) => ({
    mediaType: `application/vnd.ollama.image.${kind}`,
    digest: digest(letter),
  });
  const store = () =>
    writtenFolder({
      "manifests/registry.ollama.ai/library/small/latest": { layers: [layer("model", "a"), layer("template", "b")] },
      "manifests/hf.co/some/model/Q4_K_M": { layers: [layer("model", "a"), layer("license", "c")] },
      "manifests/registry.ollama.ai/library/cloud/latest": { layers: [] },
      "manifests/registry.ollama.ai/library/bad/latest": {
        layers: [{ mediaType: "application/vnd.ollama.image.model", digest: "../../secret" }],
      },
      [blob("a")]: gguf,
      [blob("b")]: "{{ if .Tools }}{{ .Think }}{{ end }}",
      [blob("c")]: "MIT",
    });

  test("leads by manifest to the file", async () => {
    expect(await readModel({ ollama: "small", store: store() })).toMatchObject({
      name: "small",
      architecture: "llama",
      chatTemplate: { tools: true, reasoning: true },
    });
    expect((await readModel({ ollama: "hf.co/some/model:Q4_K_M" }, { env: { OLLAMA_MODELS: store() } })).name).toBe(
      "hf.co/some/model:Q4_K_M",
    );
  });

  test.each([
    ["other", "not-found"],
    ["cloud", "unsupported"],
    ["bad", "invalid-request"],
    ["../../../etc/passwd", "invalid-request"],
    ["a/b/c/d", "invalid-request"],
    ["", "invalid-request"],
  ])('"%s" is %s', async (name, code) => {
    expect((await failureOf(readModel({ ollama: name, store: store() }))).code).toBe(code);
  });
});

describe("an adapter", () => {
  test("in a folder", async () => {
    const folder = writtenFolder({
      "adapter_config.json": {
        peft_type: "LORA",
        r: 8,
        lora_alpha: 16,
        target_modules: ["q_proj"],
        base_model_name_or_path: "m",
      },
      "adapter_model.safetensors": writeSafetensors({ "layers.0.q_proj.lora_A.weight": ["F32", [8, 16], 512] }),
    });
    expect(await readAdapter(folder)).toEqual({
      format: "safetensors",
      baseModel: "m",
      rank: 8,
      alpha: 16,
      targets: ["q_proj"],
      parameters: 128,
      weightBytes: 512,
    });
  });

  test("in a GGUF file; a model's is none", async () => {
    const metadata = { "general.type": "adapter", "adapter.type": "lora", "adapter.lora.alpha": { f32: 32 } };
    const folder = writtenFolder({
      "lora.gguf": writeGguf(metadata, [{ name: "blk.0.attn_q.weight.lora_a", type: "F32", shape: [64, 4] }]),
      "model.gguf": gguf,
    });
    expect(await readAdapter(`${folder}/lora.gguf`)).toMatchObject({ rank: 4, alpha: 32, targets: ["attn_q"] });
    expect((await failureOf(readAdapter(`${folder}/model.gguf`))).hint).toContain("readModel()");
  });
});

test("a running server tells what it tells", () => {
  const info = { id: "m", aliases: [], capabilities: {} as never };
  expect(
    reportedShape({ ...info, parameterCount: 1_000, sizeBytes: 600, quantization: "Q4_K - Medium" }),
  ).toMatchObject({
    format: "server",
    weightBytes: 600,
    parameters: { total: 1_000 },
    quantization: { name: "Q4_K_M", bitsPerWeight: 4.8 },
  });
  expect(reportedShape(info)).toEqual({
    format: "server",
    sources: ["m"],
    name: "m",
    quantization: { name: "unknown", evidence: "the server does not tell" },
    groups: [],
    tensors: [],
  });
});

test("an aborted read rejects with the reason", async () => {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  controller.abort(new Error("enough"));
  expect((await failureOf(readModel("/", { signal: controller.signal }))).code).toBe("abort");
});
