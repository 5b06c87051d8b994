import { isRecord, listAt, numberAt, recordAt, type JsonRecord } from "./json-file.ts";

/** The keys of Mistral's `params.json`, and those of Hugging Face's config that mean the same. */
const sameAs: Readonly<Record<string, string>> = {
  dim: "hidden_size",
  head_dim: "head_dim",
  hidden_dim: "intermediate_size",
  kv_lora_rank: "kv_lora_rank",
  n_heads: "num_attention_heads",
  n_kv_heads: "num_key_value_heads",
  n_layers: "num_hidden_layers",
  qk_rope_head_dim: "qk_rope_head_dim",
  tied_embeddings: "tie_word_embeddings",
  vocab_size: "vocab_size",
};

const expertsSameAs: Readonly<Record<string, string>> = {
  num_experts: "num_experts",
  num_experts_per_tok: "num_experts_per_tok",
  num_shared_experts: "n_shared_experts",
  expert_hidden_dim: "moe_intermediate_size",
};

/** More than any model has, and few enough to be listed. */
const maxLayers = 10_000;

/** Mistral's `params.json` as a config of Hugging Face's kind, so that one reader serves both. */
export function configOfParams(params: JsonRecord): JsonRecord {
  const moe = recordAt(params, "moe");
  const windows = listAt(params, "sliding_window") ?? listAt(params, "_sliding_window");
  const layers = Math.min(numberAt(params, "n_layers") ?? 0, maxLayers);
  const context = numberAt(params, "max_position_embeddings", "max_seq_len", "model_max_length");
  const encoder = params["vision_encoder"] ?? recordAt(params, "multimodal")["vision_encoder"];
  const sound = params["audio_encoder"] ?? recordAt(params, "multimodal")["whisper_model_args"];
  return {
    model_type: moe["num_experts"] === undefined ? "mistral" : "mixtral",
    ...renamed(params, sameAs),
    ...renamed(moe, expertsSameAs),
    ...(context === undefined ? {} : { max_position_embeddings: context }),
    ...(windows
      ? {
          sliding_window: windows.map(Number).reduce((most, tokens) => (tokens > most ? tokens : most), 0),
          layer_types: Array.from({ length: layers }, (_, layer) =>
            windows[layer % windows.length] ? "sliding_attention" : "full_attention",
          ),
        }
      : { sliding_window: params["sliding_window"] }),
    ...(isRecord(encoder) ? { vision_config: encoder } : {}),
    ...(isRecord(sound) ? { audio_config: sound } : {}),
  };
}

function renamed(record: JsonRecord, names: Readonly<Record<string, string>>): JsonRecord {
  return Object.fromEntries(
    Object.entries(names).flatMap(([from, to]) => (record[from] === undefined ? [] : [[to, record[from]] as const])),
  );
}
