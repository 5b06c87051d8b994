import { setTimeout as delay } from "node:timers/promises";

import { InhouseError, isInhouseError } from "../../src/core/error.ts";
import { estimateMemory, llamacppMemory, vllmMemory, type ModelShape } from "../../src/deploy.ts";
import { memorySource, type ByteSource } from "../../src/deploy/shape/byte-source.ts";
import { readGgufModel } from "../../src/deploy/shape/gguf-model.ts";
import type { ModelFolder } from "../../src/deploy/shape/model-folder.ts";
import { readOllamaModel } from "../../src/deploy/shape/ollama-manifest.ts";
import { readSafetensorsModel } from "../../src/deploy/shape/safetensors-model.ts";
import { smallLlama, writeGguf, writeSafetensors } from "../support/model-files.ts";
import { random, type Random } from "../support/random.ts";
import type { Broken, FuzzReport } from "./fuzz.ts";

/** Files of a model, one of which is damaged. */
interface Target {
  readonly files: Readonly<Record<string, Buffer>>;
  readonly damaged: string;
  read(folder: ModelFolder): Promise<ModelShape>;
}

/** Longest time for one input, in milliseconds of the processor. */
const longestMs = 1_000;
/** What one of these small files may take to be read, garbage included. */
const mostHeapBytes = 134_217_728;

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
const digest = `sha256-${"a".repeat(64)}`;
const gguf = writeGguf(
  { ...smallLlama.metadata, "tokenizer.ggml.tokens": ["a", "b"], "general.alignment": 32 },
  smallLlama.tensors,
);
const weights = writeSafetensors({
  "model.embed_tokens.weight": ["BF16", [100, 16], 3_200],
  "model.layers.0.mlp.experts.0.gate_proj.weight": ["F4", [16, 16], 128],
  "layers.0.attention.wq.weight": ["F8_E4M3", [4, 4], 16],
});
const config = {
  model_type: "qwen3",
  text_config: {
    num_hidden_layers: 2,
    hidden_size: 16,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 8,
    vocab_size: 100,
    max_position_embeddings: 4_096,
    sliding_window: 512,
    layer_types: ["full_attention", "sliding_attention"],
    rope_scaling: { rope_type: "yarn", factor: 4, original_max_position_embeddings: 1_024 },
    sparse_attention_config: { sparse_index_dim: 128, sparse_attention_freq: [0, 1] },
    num_experts: 8,
    quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] },
  },
};
const params = {
  dim: 64,
  n_layers: 4,
  head_dim: 16,
  hidden_dim: 128,
  n_heads: 4,
  n_kv_heads: 2,
  vocab_size: 100,
  max_seq_len: 4_096,
  sliding_window: [512, null],
  kv_lora_rank: 8,
  qk_rope_head_dim: 8,
  moe: { num_experts: 8, num_experts_per_tok: 2 },
  quantization: { qformat_weight: "fp8_e4m3", qscheme_act: "TENSOR" },
};
const manifest = {
  schemaVersion: 2,
  layers: [
    { mediaType: "application/vnd.ollama.image.model", digest: digest.replace("-", ":"), size: gguf.length },
    { mediaType: "application/vnd.ollama.image.template", digest: digest.replace("-", ":"), size: 1 },
  ],
};

const targets: Readonly<Record<string, Target>> = {
  "gguf file": {
    files: { "m.gguf": gguf },
    damaged: "m.gguf",
    read: (folder) => readGgufModel("m.gguf", (name) => folder.open(name)),
  },
  "safetensors file": {
    files: { "config.json": json(config), "model.safetensors": weights },
    damaged: "model.safetensors",
    read: readSafetensorsModel,
  },
  "config.json": {
    files: { "config.json": json(config), "model.safetensors": weights },
    damaged: "config.json",
    read: readSafetensorsModel,
  },
  "params.json": {
    files: { "params.json": json(params), "consolidated.safetensors": weights },
    damaged: "params.json",
    read: readSafetensorsModel,
  },
  "ollama manifest": {
    files: { "manifests/registry.ollama.ai/library/m/latest": json(manifest), [`blobs/${digest}`]: gguf },
    damaged: "manifests/registry.ollama.ai/library/m/latest",
    read: (folder) => readOllamaModel(folder, "m", (name) => folder.open(name.replace(/^store\//, ""))),
  },
};

/** Counts and lengths that no file can have, as GGUF and safetensors write them. */
const hostile64 = [
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 63n - 1n,
  2n ** 53n,
  2n ** 53n - 1n,
  2n ** 40n,
  2n ** 32n,
  2n ** 31n,
];
/** The same and worse as JSON writes them. */
const hostileJson = [
  "-1",
  "1e308",
  "1e999",
  "9223372036854775808",
  "4294967296",
  "0.5",
  "null",
  '"9"',
  "[]",
  "{}",
  "true",
];

/** A file with a few things wrong. */
function damage(file: Buffer, choices: Random): Buffer {
  let damaged: Buffer = Buffer.from(file);
  for (let times = 1 + choices.int(3); times > 0 && damaged.length > 0; times -= 1)
    damaged = damageOnce(damaged, choices);
  return damaged;
}

function damageOnce(file: Buffer, choices: Random): Buffer {
  const place = choices.int(file.length);
  const isText = file[0] === "{".charCodeAt(0);
  switch (choices.int(5)) {
    case 0:
      return file.subarray(0, place);
    case 1: {
      const changed = Buffer.from(file);
      changed[place] = choices.int(256);
      return changed;
    }
    case 2:
      return Buffer.concat([
        file.subarray(0, place),
        file.subarray(place, place + choices.int(64)),
        file.subarray(place),
      ]);
    default: {
      if (isText) {
        const numbers = [...file.toString().matchAll(/[:[,](-?\d[\d.]*|null|\[[^\]]*\]|"[^"]*")/g)];
        const found = numbers.length > 0 ? choices.pick(numbers) : undefined;
        if (found === undefined) return file;
        const [all, value = ""] = found;
        const at = found.index + all.length - value.length;
        const text = file.toString();
        return Buffer.from(`${text.slice(0, at)}${choices.pick(hostileJson)}${text.slice(at + value.length)}`);
      }
      const changed = Buffer.from(file);
      if (place + 8 <= changed.length) changed.writeBigUInt64LE(choices.pick(hostile64), place);
      return changed;
    }
  }
}

/** Files in memory. */
const folderOf = (files: Readonly<Record<string, Buffer>>): ModelFolder => ({
  name: "store",
  open(file): Promise<ByteSource> {
    const bytes = files[file];
    if (!bytes) return Promise.reject(new InhouseError("not-found", `There is no ${file}.`));
    return Promise.resolve(memorySource(bytes, file));
  },
});

/** Reads a model, and estimates what it needs, as far as it can be read; an error that is not ours is thrown. */
async function readThrough({ read }: Target, folder: ModelFolder): Promise<void> {
  try {
    const shape = await read(folder);
    for (const engine of [llamacppMemory, vllmMemory]) estimateMemory(shape, engine, { contextLength: 4_096 });
  } catch (error) {
    if (!isInhouseError(error)) throw error;
  }
}

/**
 * Damages files of models at random and reads them. Laws: no error but ours, no input takes a second or 128 MiB. The same seed tries the same inputs.
 */
export async function fuzzFiles(seed: number, goOn: (inputs: number) => boolean): Promise<FuzzReport> {
  const choices = random(seed);
  const inputs: Record<string, number> = Object.fromEntries(Object.keys(targets).map((name) => [name, 0]));
  const broken: Broken[] = [];
  let slowestMs = 0;
  let tried = 0;
  while (broken.length < 10 && goOn(tried)) {
    for (const [target, value] of Object.entries(targets)) {
      const file = damage(value.files[value.damaged] ?? Buffer.alloc(0), choices);
      const folder = folderOf({ ...value.files, [value.damaged]: file });
      const input = file.toString("base64");
      const before = process.cpuUsage();
      const heap = process.memoryUsage().heapUsed;
      try {
        await readThrough(value, folder);
      } catch (error) {
        broken.push({ target, input, law: `a foreign error: ${String(error)}` });
      }
      const ms = process.cpuUsage(before).user / 1_000;
      slowestMs = Math.max(slowestMs, ms);
      if (ms > longestMs) broken.push({ target, input, law: `it took ${ms} ms` });
      if (process.memoryUsage().heapUsed - heap > mostHeapBytes)
        broken.push({ target, input, law: "it filled memory" });
      inputs[target] = (inputs[target] ?? 0) + 1;
      tried += 1;
    }
    // Lets timers and signals have their turn.
    if (tried % 1_000 === 0) await delay(0);
  }
  return { seed, inputs, broken, slowestMs };
}
