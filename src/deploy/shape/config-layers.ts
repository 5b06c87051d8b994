import { indexerOf } from "./config-indexer.ts";
import { listAt, numberAt, recordAt, textAt, type JsonRecord } from "./json-file.ts";
import type {
  IndexerShape,
  LatentAttention,
  LayerMemory,
  LayerShape,
  RecurrentState,
  SlidingWindow,
} from "./model-shape.ts";

/** What the layers of a model keep, by its config. */
export interface ConfigLayers {
  readonly layers: readonly LayerShape[];
  readonly window?: SlidingWindow;
  readonly state?: RecurrentState;
  readonly latent?: LatentAttention;
  readonly indexer?: IndexerShape;
}

/** Of so many layers the last attends to all, where the config does not say (the defaults of transformers). */
const windowEvery: Readonly<Record<string, number>> = {
  cohere2: 4,
  gemma2: 2,
  gemma3: 6,
  gemma3_text: 6,
  gemma3n_text: 5,
  gpt_oss: 2,
  llama4_text: 4,
};

/** Models that read a text at once and write none have no KV cache. */
const encoders =
  /^(bert|roberta|xlm-roberta|distilbert|mpnet|nomic_bert|modernbert|electra|deberta|deberta-v2|albert|new)$/;

/** The layers of a model by its text model's config. Nothing where it names no number of layers. */
export function configLayers(config: JsonRecord): ConfigLayers | undefined {
  const count = numberAt(config, "num_hidden_layers", "n_layer", "num_layers", "n_layers");
  const heads = numberAt(config, "num_attention_heads", "n_head", "num_heads") ?? 0;
  if (count === undefined || count > 10_000) return undefined;
  const kvHeads =
    numberAt(
      config,
      "num_key_value_heads",
      "n_head_kv",
      "num_kv_heads",
      "multi_query_group_num",
      "num_attention_groups",
    ) ?? (config["multi_query"] === true ? 1 : heads);
  const hidden = numberAt(config, "hidden_size", "n_embd", "d_model") ?? 0;
  const head =
    numberAt(config, "head_dim") || numberAt(config, "hidden_size_per_head") || Math.floor(hidden / (heads || 1));
  const latent = latentOf(config);
  const window = windowOf(config);
  const memories = layerMemories(config, count, window);
  const shared = numberAt(config, "num_kv_shared_layers") ?? 0;
  const indexer = indexerOf(config);
  const layers = memories.map((keeps, layer): LayerShape => {
    const own = layer < count - shared || keeps === "state" ? keeps : "nothing";
    const global = keeps === "all" ? numberAt(config, "global_head_dim") : undefined;
    const globalHeads = keeps === "all" ? numberAt(config, "num_global_key_value_heads") : undefined;
    const indexed = indexer?.layers(layer) ? ({ indexed: true } as const) : {};
    return latent
      ? { keeps: own, heads, kvHeads: 1, keyLength: latent.rank + latent.positionLength, valueLength: 0, ...indexed }
      : {
          keeps: own,
          heads,
          kvHeads: globalHeads || kvHeads,
          keyLength: global || head,
          valueLength: global || head,
          ...indexed,
        };
  });
  const state = memories.some((memory) => memory.endsWith("state")) ? stateOf(config) : undefined;
  return {
    layers,
    ...(window && memories.includes("window") ? { window } : {}),
    ...(state ? { state } : {}),
    ...(latent ? { latent } : {}),
    ...(indexer ? { indexer: indexer.shape } : {}),
  };
}

function latentOf(config: JsonRecord): LatentAttention | undefined {
  const rank = numberAt(config, "kv_lora_rank");
  const positionLength = numberAt(config, "qk_rope_head_dim");
  return rank && positionLength !== undefined ? { rank, positionLength } : undefined;
}

function windowOf(config: JsonRecord): SlidingWindow | undefined {
  const chunk = numberAt(config, "attention_chunk_size");
  if (chunk) return { tokens: chunk, kind: "chunked" };
  const tokens = numberAt(config, "sliding_window");
  return tokens && config["use_sliding_window"] !== false ? { tokens, kind: "sliding" } : undefined;
}

const kinds: Readonly<Record<string, LayerMemory>> = {
  full_attention: "all",
  attention: "all",
  sliding_attention: "window",
  chunked_attention: "window",
  linear_attention: "state",
  mamba: "state",
  conv: "state",
  recurrent: "state",
  hybrid: "all-and-state",
  mlp: "nothing",
  moe: "nothing",
};

/** The characters of Nemotron-H's `hybrid_override_pattern`. */
const characters: Readonly<Record<string, LayerMemory>> = { M: "state", "*": "all", "-": "nothing", E: "nothing" };

function layerMemories(config: JsonRecord, count: number, window: SlidingWindow | undefined): readonly LayerMemory[] {
  const each = (memoryOf: (layer: number) => LayerMemory): readonly LayerMemory[] =>
    Array.from({ length: count }, (_, layer) => memoryOf(layer));
  const type = textAt(config, "model_type") ?? "";
  if (encoders.test(type) && config["is_decoder"] !== true) return each(() => "nothing");
  const types = listAt(config, "layer_types") ?? listAt(config, "layers_block_type");
  if (types)
    return each((layer) =>
      kinds[String(types[layer])] === "window" && !window ? "all" : (kinds[String(types[layer])] ?? "all"),
    );
  const pattern = textAt(config, "hybrid_override_pattern");
  if (pattern !== undefined) return each((layer) => characters[pattern[layer] ?? ""] ?? "all");
  const interval = numberAt(config, "full_attention_interval");
  if (interval) return each((layer) => ((layer + 1) % interval === 0 ? "all" : "state"));
  const period = numberAt(config, "attn_layer_period");
  const offset = numberAt(config, "attn_layer_offset") ?? 0;
  if (period) return each((layer) => (layer % period === offset ? "all" : "state"));
  const full = listAt(config, "full_attn_idxs");
  if (full) return each((layer) => (full.includes(layer) ? "all" : "state"));
  if (/^(mamba|mamba2|rwkv)/.test(type)) return each(() => "state");
  if (type.startsWith("falcon_h1")) return each(() => "all-and-state");
  if (!window) return each(() => "all");
  const every = numberAt(config, "sliding_window_pattern") ?? windowEvery[type];
  if (every) return each((layer) => ((layer + 1) % every === 0 ? "all" : "window"));
  // Qwen 2: the first layers attend to all.
  const first = numberAt(config, "max_window_layers");
  return each((layer) => (first !== undefined && layer < first ? "all" : "window"));
}

/** What vLLM keeps of a sequence in a recurrent layer, in values. */
function stateOf(config: JsonRecord): RecurrentState {
  const nested = recordAt(config, "linear_attn_config");
  const valueHeads = numberAt(config, "linear_num_value_heads") ?? numberAt(nested, "num_heads");
  if (valueHeads !== undefined) {
    const keyHeads = numberAt(config, "linear_num_key_heads") ?? valueHeads;
    const key = numberAt(config, "linear_key_head_dim") ?? numberAt(nested, "head_dim") ?? 0;
    const value = numberAt(config, "linear_value_head_dim") ?? key;
    const kernel = numberAt(config, "linear_conv_kernel_dim") ?? numberAt(nested, "short_conv_kernel_size") ?? 4;
    return {
      convolutionValues: (kernel - 1) * (2 * keyHeads * key + valueHeads * value),
      stateValues: valueHeads * key * value,
    };
  }
  const cache = numberAt(config, "conv_L_cache");
  const hidden = numberAt(config, "hidden_size", "d_model") ?? 0;
  if (cache !== undefined) return { convolutionValues: hidden * (cache - 1), stateValues: 0 };
  const kernel = numberAt(config, "mamba_d_conv", "conv_kernel", "d_conv") ?? 4;
  const size = numberAt(config, "mamba_d_state", "ssm_state_size", "state_size") ?? 0;
  const ofHeads =
    (numberAt(config, "mamba_n_heads", "mamba_num_heads", "num_heads") ?? 0) *
    (numberAt(config, "mamba_d_head", "mamba_head_dim") ?? 0);
  const inner = ofHeads || hidden * (numberAt(config, "mamba_expand", "expand") ?? 2);
  const groups = ofHeads ? (numberAt(config, "mamba_n_groups", "n_groups") ?? 1) : 0;
  return { convolutionValues: (kernel - 1) * (inner + 2 * groups * size), stateValues: inner * size };
}
