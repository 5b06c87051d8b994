import type { TensorInfo } from "./tensor-info.ts";

/** What a tensor is for. */
export type TensorRole =
  | "embedding"
  | "output"
  | "attention"
  | "recurrent"
  | "feed-forward"
  | "experts"
  | "shared-experts"
  | "router"
  | "norm"
  | "encoder"
  | "next-token"
  | "other";

/** All tensors of a role: how many values they stand for, their bytes, and how these divide over types. */
export interface TensorGroup {
  readonly role: TensorRole;
  readonly tensors: number;
  readonly bytes: number;
  readonly bytesByType: Readonly<Record<string, number>>;
}

/** The first that matches decides. Names are those of GGUF, of Hugging Face's models and of Mistral's own files. */
const roles: readonly (readonly [TensorRole, RegExp])[] = [
  [
    "encoder",
    /^(v|mm|a|resampler)\.|vision|visual|multi_modal_projector|audio_|patch_embd|mm_projector|whisper_encoder|^model\.connector/,
  ],
  ["next-token", /\.nextn\.|^mtp\.|^model\.mtp/],
  [
    "router",
    /ffn_gate_inp|exp_probs_b|mlp\.gate\.|(feed_forward|block_sparse_moe)\.(gate|router)\.|mlp\.router|^layers\.\d+\.gate\./,
  ],
  ["shared-experts", /_shexp|shared_expert/],
  ["experts", /_exps\b|\.experts\./],
  ["norm", /norm|layernorm|\bln_|LayerNorm/],
  [
    "embedding",
    /token_embd|embed_tokens|tok_embeddings|word_embeddings|\bwte\b|position_embd|position_embeddings|token_types|token_type_embeddings/,
  ],
  ["output", /^output\.(weight|bias)$|(^|\.)lm_head\.|^output_hc/],
  ["recurrent", /ssm_|shortconv|time_mix|channel_mix|linear_attn|mamba|\.mixer\.(in_proj|out_proj|conv1d|A_log|D|dt)/],
  ["attention", /attn|attention|self_attn|\.indexer\./],
  ["feed-forward", /ffn_|mlp\.|feed_forward|intermediate\.dense|output\.dense/],
];

/** What a tensor is for, by its name. */
export function roleOf(name: string): TensorRole {
  for (const [role, pattern] of roles) if (pattern.test(name)) return role;
  return "other";
}

/** The layer that a tensor belongs to, by its name. */
export function layerOf(name: string): number | undefined {
  const [, number] = /(?:^blk|(?:^|\.)(?:layers?|h|blocks))\.(\d+)\./.exec(name) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** The tensors of a model by role, the largest first. */
export function groupTensors(tensors: readonly TensorInfo[]): readonly TensorGroup[] {
  const groups = new Map<TensorRole, { tensors: number; bytes: number; bytesByType: Record<string, number> }>();
  for (const { name, type, bytes } of tensors) {
    const role = roleOf(name);
    const group = groups.get(role) ?? { tensors: 0, bytes: 0, bytesByType: {} };
    groups.set(role, group);
    group.tensors += 1;
    group.bytes += bytes;
    group.bytesByType[type] = (group.bytesByType[type] ?? 0) + bytes;
  }
  return [...groups].map(([role, group]) => ({ role, ...group })).toSorted((a, b) => b.bytes - a.bytes);
}

/** The bytes of the tensors of some roles. */
export function bytesOf(groups: readonly TensorGroup[], ...wanted: readonly TensorRole[]): number {
  return groups.reduce((sum, { role, bytes }) => sum + (wanted.includes(role) ? bytes : 0), 0);
}
