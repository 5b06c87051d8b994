import type { GgufArchitecture } from "./gguf-architectures.ts";
import type { GgufKeys } from "./gguf-keys.ts";
import type { LayerMemory, LayerShape, RecurrentState, SlidingWindow } from "./model-shape.ts";

/** What the layers of a GGUF model keep, as llama.cpp b11434 decides it. */
export interface GgufLayers {
  readonly layers: readonly LayerShape[];
  readonly window?: SlidingWindow;
  readonly state?: RecurrentState;
}

/** The layers of a model of an architecture. */
export function ggufLayers(keys: GgufKeys, architecture: GgufArchitecture): GgufLayers {
  const count = (keys.number("block_count") ?? 0) - (keys.number("nextn_predict_layers") ?? 0);
  const embedding = keys.number("embedding_length") ?? 0;
  const heads = keys.perLayer("attention.head_count");
  const kvHeads = keys.perLayer("attention.head_count_kv", heads);
  const window = windowOf(keys, architecture, count);
  const isWithin = withinWindow(keys, architecture);
  const latent = keys.number("attention.key_length_mla") !== undefined;
  const first = heads(0) || 1;
  const keyLength = keys.number("attention.key_length") ?? Math.floor(embedding / first);
  const valueLength = keys.number("attention.value_length") ?? Math.floor(embedding / first);
  const recurrent = recurrentLayers(keys, architecture, kvHeads);
  const withKv = count - (keys.number("attention.shared_kv_layers") ?? count - (architecture.layersWithKv ?? count));

  const layers = Array.from({ length: Math.max(0, count) }, (_, layer): LayerShape => {
    const slides = window !== undefined && isWithin(layer);
    const key = (slides ? keys.number("attention.key_length_swa") : undefined) ?? keyLength;
    const value = (slides ? keys.number("attention.value_length_swa") : undefined) ?? valueLength;
    return {
      keeps: memoryOf(layer, slides),
      heads: heads(layer),
      kvHeads: kvHeads(layer),
      keyLength: key,
      valueLength: latent ? 0 : value,
    };
  });
  const state = layers.some(({ keeps }) => keeps.endsWith("state")) ? stateOf(keys, embedding, first) : undefined;
  return { layers, ...(window ? { window } : {}), ...(state ? { state } : {}) };

  function memoryOf(layer: number, slides: boolean): LayerMemory {
    if (architecture.encoder) return "nothing";
    if (architecture.recurrent === "beside-attention") return "all-and-state";
    if (recurrent(layer)) return "state";
    if (layer >= withKv || kvHeads(layer) === 0) return "nothing";
    return slides ? "window" : "all";
  }
}

function windowOf(keys: GgufKeys, architecture: GgufArchitecture, layers: number): SlidingWindow | undefined {
  const hasPattern = keys.has("attention.sliding_window_pattern") || architecture.windowEvery !== undefined;
  if (architecture.ignoresWindow || !hasPattern) return undefined;
  if (architecture.windowLayers !== undefined && architecture.windowLayers !== layers) return undefined;
  const told = keys.number("attention.sliding_window");
  const kind = architecture.windowKind ?? "sliding";
  const tokens = kind === "chunked" && told !== 0 ? architecture.windowTokens : (told ?? architecture.windowTokens);
  return tokens ? { tokens, kind } : undefined;
}

function withinWindow(keys: GgufKeys, { windowEvery = 1, fullFirst }: GgufArchitecture): (layer: number) => boolean {
  const told = keys.list("attention.sliding_window_pattern");
  if (told) return (layer) => Boolean(told[layer]);
  const every = keys.number("attention.sliding_window_pattern") ?? windowEvery;
  if (every === 0) return () => true;
  return (layer) => (fullFirst ? layer % every !== 0 : layer % every < every - 1);
}

function recurrentLayers(
  keys: GgufKeys,
  { recurrent }: GgufArchitecture,
  kvHeads: (layer: number) => number,
): (layer: number) => boolean {
  if (recurrent === undefined || recurrent === "beside-attention") return () => false;
  if (recurrent === "all") return () => true;
  // A layer of Nemotron-H that has neither KV heads nor a state is a feed-forward layer alone.
  const feedForward = keys.list("feed_forward_length");
  if (recurrent === "without-kv-heads") return (layer) => kvHeads(layer) === 0 && !feedForward?.[layer];
  const told = keys.list("attention.recurrent_layers");
  if (told) return (layer) => Boolean(told[layer]);
  const interval = keys.number("full_attention_interval") ?? 4;
  return (layer) => (layer + 1) % interval !== 0;
}

/** `llama_hparams::n_embd_r` and `n_embd_s`. */
function stateOf(keys: GgufKeys, embedding: number, heads: number): RecurrentState {
  const wkv = keys.number("wkv.head_size");
  if (wkv !== undefined) {
    return { convolutionValues: (keys.number("token_shift_count") ?? 2) * embedding, stateValues: embedding * wkv };
  }
  const cache = keys.number("shortconv.l_cache");
  if (cache !== undefined) return { convolutionValues: embedding * (cache - 1), stateValues: 0 };
  const kernel = keys.number("ssm.conv_kernel") ?? 0;
  const kda = keys.number("kda.head_dim");
  if (kda !== undefined) {
    const convolution = kernel > 0 ? kernel - 1 : 3;
    return { convolutionValues: 3 * convolution * heads * kda, stateValues: kda * kda * heads };
  }
  const inner = keys.number("ssm.inner_size") ?? 0;
  const size = keys.number("ssm.state_size") ?? 0;
  const groups = keys.number("ssm.group_count") ?? 0;
  return { convolutionValues: Math.max(0, kernel - 1) * (inner + 2 * groups * size), stateValues: size * inner };
}
