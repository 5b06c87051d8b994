import { ggufMixtureOf, mainTypeOf } from "../quantize/gguf-mixtures.ts";
import { activeParameters } from "./active-parameters.ts";
import { ggufArchitecture } from "./gguf-architectures.ts";
import { ggufKeys, textOf, type GgufKeys } from "./gguf-keys.ts";
import { ggufLayers, type GgufLayers } from "./gguf-layers.ts";
import type { GgufFile } from "./gguf.ts";
import { malformed } from "./malformed.ts";
import {
  chatTemplateOf,
  type EncoderShape,
  type ExpertShape,
  type IndexerShape,
  type ModelShape,
} from "./model-shape.ts";
import type { Quantization } from "./quantization.ts";
import { groupTensors } from "./tensor-groups.ts";

/** More than any model has, and few enough to be listed. */
const maxLayers = 10_000;

/** The shape of a model out of its GGUF files, the first of them first, and its encoder's, where it has one. */
export function ggufShape(files: readonly [GgufFile, ...GgufFile[]], encoder?: GgufFile): ModelShape {
  const [{ metadata }] = files;
  const architecture = textOf(metadata, "general.architecture");
  const keys = ggufKeys(metadata, architecture ?? "");
  const tensors = files.flatMap((file) => file.tensors);
  const names = new Set(tensors.map(({ name }) => name));
  const name = textOf(metadata, "general.name");
  const licence = textOf(metadata, "general.license");
  const template = textOf(metadata, "tokenizer.chat_template");
  const experts = expertsOf(keys);
  const total = tensors.reduce((sum, { parameters }) => sum + parameters, 0);
  const count = keys.number("block_count") ?? 0;
  if (!Number.isInteger(count) || count > maxLayers) throw malformed(files[0].name, `it claims ${count} layers`);
  const vocabularySize = vocabularyOf(files[0], keys);
  const rank =
    keys.number("attention.key_length_mla") === undefined ? undefined : keys.number("attention.kv_lora_rank");
  const positionLength = keys.number("rope.dimension_count") ?? 0;

  return {
    format: "gguf",
    sources: [...files, ...(encoder ? [encoder] : [])].map((file) => file.name),
    ...(name === undefined ? {} : { name }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(licence === undefined ? {} : { licence }),
    ...(keys.has("block_count")
      ? indexed(ggufLayers(keys, ggufArchitecture(architecture ?? "")), keys, architecture, names)
      : {}),
    ...numbers({
      embeddingLength: keys.number("embedding_length"),
      feedForwardLength: keys.number("feed_forward_length") ?? largest(keys.list("feed_forward_length")),
      trainedContextLength: keys.number("context_length"),
      vocabularySize,
    }),
    ...(rank === undefined ? {} : { latent: { rank, positionLength } }),
    ...(experts ? { experts } : {}),
    ...(encoder ? { encoder: encoderOf(encoder) } : {}),
    tiedEmbeddings: names.has("token_embd.weight") && !names.has("output.weight"),
    parameters: { total, active: activeParameters(tensors, experts) },
    quantization: quantizationOf(files, total),
    ...(template === undefined ? {} : { chatTemplate: chatTemplateOf(template) }),
    weightBytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
    fileBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    groups: groupTensors(tensors),
    tensors,
  };
}

/** The indexers of b11434 whose cache is known: it has a key for each token (`llama-kv-cache-dsa.cpp`, `-msa.cpp`). */
const indexers: Readonly<Record<string, IndexerShape["chooses"]>> = {
  deepseek32: "tokens",
  "glm-dsa": "tokens",
  "minimax-m3": "blocks",
};

/** Marks the layers that have an indexer of their own. */
function indexed(
  told: GgufLayers,
  keys: GgufKeys,
  architecture: string | undefined,
  names: ReadonlySet<string>,
): GgufLayers & Pick<ModelShape, "indexer"> {
  const keyLength = keys.number("attention.indexer.key_length");
  if (!keyLength) return told;
  const has = (layer: number): boolean =>
    ["attn_k", "k_proj"].some((name) => names.has(`blk.${layer}.indexer.${name}.weight`));
  return {
    ...told,
    layers: told.layers.map((layer, index) => (has(index) ? { ...layer, indexed: true } : layer)),
    indexer: { keyLength, chooses: indexers[architecture ?? ""] ?? "compressed" },
  };
}

type Numbers = Pick<ModelShape, "embeddingLength" | "feedForwardLength" | "trainedContextLength" | "vocabularySize">;

/** Those that are told. */
function numbers(values: { readonly [Key in keyof Numbers]: number | undefined }): Numbers {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function largest(values: readonly unknown[] | undefined): number | undefined {
  return values && values.length > 0 ? Math.max(...values.map(Number)) : undefined;
}

function vocabularyOf({ metadata, tensors }: GgufFile, keys: GgufKeys): number | undefined {
  const tokens = metadata.get("tokenizer.ggml.tokens");
  if (typeof tokens === "object") return tokens.length;
  return keys.number("vocab_size") ?? tensors.find(({ name }) => name === "token_embd.weight")?.shape[1];
}

function expertsOf(keys: GgufKeys): ExpertShape | undefined {
  const count = keys.number("expert_count") ?? 0;
  if (count === 0) return undefined;
  const used = keys.number("expert_used_count") ?? largest(keys.list("expert_used_count")) ?? 0;
  const shared = keys.number("expert_shared_count");
  const length = keys.number("expert_feed_forward_length") ?? largest(keys.list("expert_feed_forward_length"));
  return {
    count,
    used,
    ...(shared === undefined ? {} : { shared }),
    ...(length === undefined ? {} : { feedForwardLength: length }),
  };
}

/** The mixture that the file names; where it names none, the type that most bytes are of. */
function quantizationOf(files: readonly [GgufFile, ...GgufFile[]], parameters: number): Quantization {
  const groups = new Map<string, number>();
  for (const { type, bytes } of files.flatMap(({ tensors }) => tensors)) {
    groups.set(type, (groups.get(type) ?? 0) + bytes);
  }
  const bytes = [...groups.values()].reduce((sum, value) => sum + value, 0);
  const [main = "F32"] = [...groups].toSorted((a, b) => b[1] - a[1]).map(([type]) => type);
  const number = files[0].metadata.get("general.file_type");
  const fileType = typeof number === "number" ? number : undefined;
  const named = fileType === undefined ? undefined : ggufMixtureOf(fileType);
  return {
    name: named ?? main,
    ...(parameters > 0 ? { bitsPerWeight: (bytes * 8) / parameters } : {}),
    weightType: named === undefined ? main : mainTypeOf(named),
    evidence: named === undefined ? "the type of most tensors" : `general.file_type ${fileType}`,
  };
}

function encoderOf({ metadata, sizeBytes }: GgufFile): EncoderShape {
  const has = (key: string): boolean => metadata.get(key) === true;
  return {
    kinds: [
      ...(has("clip.has_vision_encoder") ? (["image"] as const) : []),
      ...(has("clip.has_audio_encoder") ? (["audio"] as const) : []),
    ],
    bytes: sizeBytes,
  };
}
