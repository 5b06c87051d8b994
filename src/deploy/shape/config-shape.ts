import { activeParameters } from "./active-parameters.ts";
import { configLayers } from "./config-layers.ts";
import { isRecord, listAt, numberAt, recordAt, textAt, type JsonRecord } from "./json-file.ts";
import type { ExpertShape, ModelShape } from "./model-shape.ts";
import type { Quantization } from "./quantization.ts";
import { storedParameters } from "./stored-parameters.ts";
import { bytesOf, groupTensors } from "./tensor-groups.ts";
import type { TensorInfo } from "./tensor-info.ts";

/** The part of a model's shape that its config and its tensors tell. */
export function configShape(
  config: JsonRecord,
  tensors: readonly TensorInfo[],
  quantization: Quantization,
): Omit<ModelShape, "format" | "sources"> {
  const text = textConfigOf(config);
  const architecture = textAt(text, "model_type") ?? textAt(config, "model_type");
  const experts = expertsOf(text);
  const groups = groupTensors(tensors);
  const weightBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const stored = tensors.map((tensor) => ({ ...tensor, parameters: storedParameters(tensor, quantization) }));
  const total = stored.reduce((sum, { parameters }) => sum + parameters, 0);
  const kinds = [
    ...(isRecord(config["vision_config"]) || isRecord(config["vision_tower"]) ? (["image"] as const) : []),
    ...(isRecord(config["audio_config"]) ? (["audio"] as const) : []),
  ];
  const tied = tiedOf(config, text, tensors);
  const told = {
    embeddingLength: numberAt(text, "hidden_size", "n_embd", "d_model"),
    feedForwardLength: numberAt(text, "intermediate_size", "n_inner", "ffn_dim"),
    vocabularySize: numberAt(text, "vocab_size"),
    trainedContextLength: contextOf(text),
  };
  return {
    ...(architecture === undefined ? {} : { architecture }),
    ...configLayers(text),
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)),
    ...(experts ? { experts } : {}),
    ...(kinds.length > 0 ? { encoder: { kinds, bytes: bytesOf(groups, "encoder") } } : {}),
    ...(tied === undefined ? {} : { tiedEmbeddings: tied }),
    quantization: {
      ...quantization,
      ...(total > 0 ? { bitsPerWeight: (weightBytes * 8) / total } : {}),
    },
    ...(tensors.length > 0 ? { parameters: { total, active: activeParameters(stored, experts) }, weightBytes } : {}),
    groups,
    tensors,
  };
}

/** The config of the part that reads and writes text; real ones lie two deep. */
function textConfigOf(config: JsonRecord, deep = 8): JsonRecord {
  for (const key of ["text_config", "llm_config", "language_config", "thinker_config"]) {
    const inner = config[key];
    if (isRecord(inner) && deep > 0) return textConfigOf(inner, deep - 1);
  }
  return config;
}

function expertsOf(config: JsonRecord): ExpertShape | undefined {
  const count = numberAt(config, "num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts") ?? 0;
  if (count <= 1) return undefined;
  const used = numberAt(config, "num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_k", "top_k_experts");
  const shared = numberAt(config, "n_shared_experts", "num_shared_experts", "moe_num_shared_experts");
  const length = numberAt(config, "moe_intermediate_size", "expert_ffn_hidden_size");
  return {
    count,
    used: used ?? 1,
    ...(shared === undefined ? {} : { shared }),
    ...(length === undefined ? {} : { feedForwardLength: length }),
  };
}

/** Where tensors are known, an output layer of its own decides; a config that says nothing means tied ones. */
function tiedOf(config: JsonRecord, text: JsonRecord, tensors: readonly TensorInfo[]): boolean | undefined {
  if (tensors.length > 0) return !tensors.some(({ name }) => /(^|\.)lm_head\.|^output\.weight$/.test(name));
  const told = text["tie_word_embeddings"] ?? config["tie_word_embeddings"];
  return typeof told === "boolean" ? told : undefined;
}

/** The context with the stretching of positions that the config asks for, as vLLM reckons it. */
function contextOf(config: JsonRecord): number | undefined {
  const told = numberAt(
    config,
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "seq_length",
    "model_max_length",
    "max_sequence_length",
  );
  const scaling = { ...recordAt(config, "rope_scaling"), ...recordAt(config, "rope_parameters") };
  const type = textAt(scaling, "rope_type") ?? textAt(scaling, "type") ?? "default";
  const factor = numberAt(scaling, "factor");
  const original = numberAt(scaling, "original_max_position_embeddings");
  if (factor === undefined || told === undefined) return told;
  if (type === "yarn") return Math.round((original ?? told) * factor);
  return type === "linear" || type === "dynamic" ? Math.round(told * factor) : told;
}

/** What an adapter's targets are, as its config lists them. */
export const targetsOf = (config: JsonRecord): readonly string[] =>
  (listAt(config, "target_modules") ?? [config["target_modules"]]).filter((name) => typeof name === "string");
