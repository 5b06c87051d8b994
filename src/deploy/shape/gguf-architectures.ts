import type { SlidingWindow } from "./model-shape.ts";

/** What llama.cpp knows of an architecture beside what the file says (its sources, b11434). */
export interface GgufArchitecture {
  /** Of so many layers the last (or the first: `fullFirst`) attends to all; 0: none does. A list in the file goes before. */
  readonly windowEvery?: number;
  readonly fullFirst?: true;
  /** Where the file names no window, or names another than is used. */
  readonly windowTokens?: number;
  readonly windowKind?: SlidingWindow["kind"];
  /** Models of so many layers only. */
  readonly windowLayers?: number;
  /** The window of the file is not used. */
  readonly ignoresWindow?: true;
  /** All layers are recurrent; those without KV heads are; all are, and attend too; all but each n-th are. */
  readonly recurrent?: "all" | "without-kv-heads" | "beside-attention" | "interval";
  /** No KV cache: it reads text at once and writes none. */
  readonly encoder?: true;
  /** How many layers keep keys and values of their own, the rest read theirs, where the file does not tell. */
  readonly layersWithKv?: number;
}

/** By `general.architecture`; what is not here is plain. */
const architectures: Readonly<Record<string, GgufArchitecture>> = {
  afmoe: { windowEvery: 4 },
  cohere2: { windowEvery: 4 },
  cohere2moe: { windowEvery: 4, fullFirst: true },
  "exaone-moe": { windowEvery: 4 },
  exaone4: { windowEvery: 4, windowTokens: 4_096, windowLayers: 64 },
  gemma2: { windowEvery: 2, windowTokens: 4_096 },
  gemma3: { windowEvery: 6 },
  gemma3n: { windowEvery: 5, layersWithKv: 20 },
  "gpt-oss": { windowEvery: 2 },
  laguna: { windowEvery: 4, fullFirst: true },
  llama4: { windowEvery: 4, windowTokens: 8_192, windowKind: "chunked" },
  mellum: { windowEvery: 4 },
  "muse-glimmer": { windowEvery: 4 },
  olmo2: { windowEvery: 4 },
  phi3: { ignoresWindow: true },
  phimoe: { ignoresWindow: true },
  plamo3: { windowEvery: 8 },
  smallthinker: { windowEvery: 4, windowTokens: 4_096, fullFirst: true },

  mamba: { recurrent: "all" },
  mamba2: { recurrent: "all" },
  rwkv6: { recurrent: "all" },
  rwkv6qwen2: { recurrent: "all" },
  rwkv7: { recurrent: "all" },
  arwkv7: { recurrent: "all" },
  "falcon-h1": { recurrent: "beside-attention" },
  bailingmoe3: { recurrent: "without-kv-heads" },
  granitehybrid: { recurrent: "without-kv-heads" },
  jamba: { recurrent: "without-kv-heads" },
  "kimi-k3": { recurrent: "without-kv-heads" },
  "kimi-linear": { recurrent: "without-kv-heads" },
  lfm2: { recurrent: "without-kv-heads", windowEvery: 0 },
  lfm2moe: { recurrent: "without-kv-heads", windowEvery: 0 },
  nemotron_h: { recurrent: "without-kv-heads" },
  nemotron_h_moe: { recurrent: "without-kv-heads" },
  plamo2: { recurrent: "without-kv-heads" },
  "minimax-01": { recurrent: "interval" },
  qwen35: { recurrent: "interval" },
  qwen35moe: { recurrent: "interval" },
  qwen3next: { recurrent: "interval" },

  bert: { encoder: true },
  "gemma-embedding": { encoder: true },
  "jina-bert-v2": { encoder: true },
  "jina-bert-v3": { encoder: true },
  "modern-bert": { encoder: true },
  "neo-bert": { encoder: true },
  "nomic-bert": { encoder: true },
  "nomic-bert-moe": { encoder: true },
};

/** What is known of an architecture; nothing for a plain one. */
export const ggufArchitecture = (name: string): GgufArchitecture => architectures[name] ?? {};
