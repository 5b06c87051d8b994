import { listAt, numberAt, recordAt, textAt, type JsonRecord } from "./json-file.ts";
import type { IndexerShape } from "./model-shape.ts";

/** What a model's sparse attention is chosen by, and in which layers. */
export interface ConfigIndexer {
  readonly shape: IndexerShape;
  layers(layer: number): boolean;
}

/**
 * Sparse attention by a text model's config, as vLLM 0.32 reads it (`deepseek_v2.py`, `minimax_m3`). Nothing for a model that
 * attends to all tokens.
 */
export function indexerOf(config: JsonRecord): ConfigIndexer | undefined {
  const blocks = recordAt(config, "sparse_attention_config");
  const ofBlocks = numberAt(blocks, "sparse_index_dim");
  const sparse = listAt(blocks, "sparse_attention_freq");
  if (ofBlocks !== undefined && sparse) {
    return { shape: { keyLength: ofBlocks, chooses: "blocks" }, layers: (layer) => Boolean(sparse[layer]) };
  }
  const keyLength = numberAt(config, "index_head_dim");
  if (keyLength === undefined || numberAt(config, "index_topk") === undefined) return undefined;
  if (numberAt(config, "kv_lora_rank") === undefined || config["compress_ratios"] !== undefined) {
    return { shape: { keyLength, chooses: "compressed" }, layers: () => false };
  }
  return { shape: { keyLength, chooses: "tokens" }, layers: choosingLayers(config) };
}

/** Layers may use what one before them has chosen, and keep no key then. */
function choosingLayers(config: JsonRecord): (layer: number) => boolean {
  const pattern = textAt(config, "index_topk_pattern") ?? listAt(config, "index_topk_pattern");
  if (pattern !== undefined) return (layer) => pattern[layer] !== "S";
  const every = numberAt(config, "index_topk_freq") || 1;
  const offset = numberAt(config, "index_skip_topk_offset") ?? 2;
  return (layer) => Math.max(layer - offset + 1, 0) % every === 0;
}
