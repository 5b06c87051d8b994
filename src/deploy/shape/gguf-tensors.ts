import { InhouseError } from "../../core/error.ts";
import { padded } from "./gguf.ts";
import type { ModelShape } from "./model-shape.ts";
import type { TensorInfo } from "./tensor-info.ts";

/**
 * The tensors of a model by the names and shapes that they have in GGUF: those of a GGUF file as they are, those of
 * safetensors as `convert_hf_to_gguf.py` names and stacks them. Throws `unsupported` where a name is not known.
 */
export function ggufTensors(shape: ModelShape): readonly TensorInfo[] {
  if (shape.tensors.length === 0) {
    throw new InhouseError("unsupported", `Of ${shape.name ?? "the model"} no tensors are known.`, {
      hint: "Read its files with readModel(): a running server does not tell them.",
    });
  }
  if (shape.format === "gguf") return shape.tensors;
  if ((shape.quantization.bits ?? 16) < 8) {
    throw new InhouseError(
      "unsupported",
      `${shape.name ?? "The model"} is quantized to ${shape.quantization.name} already.`,
      {
        hint: "Read the checkpoint that it was made of.",
      },
    );
  }
  return renamed(shape);
}

/** What stands before the data: of a GGUF file as it is, of others by the vocabulary, which is most of it. */
export function headerBytesOf(shape: ModelShape): number {
  if (shape.format === "gguf" && shape.fileBytes !== undefined) {
    return shape.fileBytes - shape.tensors.reduce((sum, { bytes }) => sum + padded(bytes, 32), 0);
  }
  return 10_000 + (shape.vocabularySize ?? 0) * bytesPerToken;
}

/** SmolLM2's file has 36 bytes for each token of its vocabulary, Gemma 3's 25. */
const bytesPerToken = 31;

/** Names within a layer, of Hugging Face's models, and GGUF's for the same. */
const layerNames: readonly (readonly [RegExp, string])[] = [
  [/^self_attn\.([qkv])_proj$/, "attn_$1"],
  [/^self_attn\.o_proj$/, "attn_output"],
  [/^self_attn\.qkv_proj$/, "attn_qkv"],
  [/^self_attn\.([qk])_norm$/, "attn_$1_norm"],
  [/^self_attn\.q_a_proj$/, "attn_q_a"],
  [/^self_attn\.q_b_proj$/, "attn_q_b"],
  [/^self_attn\.q_a_layernorm$/, "attn_q_a_norm"],
  [/^self_attn\.kv_a_proj_with_mqa$/, "attn_kv_a_mqa"],
  [/^self_attn\.kv_a_layernorm$/, "attn_kv_a_norm"],
  [/^self_attn\.kv_b_proj$/, "attn_kv_b"],
  [/^(?:mlp|feed_forward)\.(gate|up|down)_proj$/, "ffn_$1"],
  [/^mlp\.gate_up_proj$/, "ffn_up"],
  [/^mlp\.shared_experts?\.(gate|up|down)_proj$/, "ffn_$1_shexp"],
  [/^(?:mlp|block_sparse_moe)\.gate$/, "ffn_gate_inp"],
  [/^mlp\.gate\.e_score_correction$/, "exp_probs_b"],
  [/^input_layernorm$/, "attn_norm"],
  [/^(post_attention_layernorm|pre_feedforward_layernorm)$/, "$1_norm"],
  [/^post_feedforward_layernorm$/, "post_ffw_norm"],
];

const otherNames: Readonly<Record<string, string>> = {
  embed_tokens: "token_embd",
  norm: "output_norm",
  lm_head: "output",
};

/** Mixtral's names of an expert's matrices. */
const expertNames: Readonly<Record<string, string>> = {
  w1: "gate",
  w2: "down",
  w3: "up",
  gate_proj: "gate",
  up_proj: "up",
  down_proj: "down",
};

function renamed(shape: ModelShape): readonly TensorInfo[] {
  const made = new Map<string, TensorInfo>();
  for (const tensor of shape.tensors) {
    if (/scale|zero|vision|visual|audio|multi_modal|rotary_emb|position_ids|^mtp\./.test(tensor.name)) continue;
    const target = nameOf(tensor.name);
    if (target === undefined) {
      throw new InhouseError("unsupported", `What "${tensor.name}" is called in GGUF is not known here.`, {
        hint: "Convert the model with llama.cpp's convert_hf_to_gguf.py, and read the file.",
      });
    }
    const rows = tensor.shape.toReversed();
    const before = made.get(target.name);
    const stacked = target.expert ? [...rows, (before?.shape[2] ?? 0) + 1] : rows;
    const parameters = (before?.parameters ?? 0) + tensor.parameters;
    const isMatrix = rows.length > 1 && !/norm|ffn_gate_inp/.test(target.name);
    const type = isMatrix ? "F16" : "F32";
    made.set(target.name, {
      name: target.name,
      type,
      shape: stacked,
      parameters,
      bytes: parameters * (isMatrix ? 2 : 4),
    });
  }
  if (shape.tiedEmbeddings) made.delete("output.weight");
  return [...made.values()];
}

function nameOf(name: string): { name: string; expert?: true } | undefined {
  const [, path = "", kind = ""] = /^(.*)\.(weight|bias|e_score_correction_bias)$/.exec(name) ?? [];
  const plain = path.replace(/^(language_model\.)?(model\.)?(language_model\.)?/, "");
  const other = otherNames[plain];
  if (other !== undefined) return { name: `${other}.${kind}` };
  const [, layer = "", within = ""] = /^layers\.(\d+)\.(.+)$/.exec(plain) ?? [];
  const [, matrix = ""] = /^(?:mlp|block_sparse_moe)\.experts\.\d+\.(\w+)$/.exec(within) ?? [];
  const expert = expertNames[matrix];
  if (expert !== undefined) return { name: `blk.${layer}.ffn_${expert}_exps.${kind}`, expert: true };
  const row = layerNames.find(([pattern]) => pattern.test(within));
  return row ? { name: `blk.${layer}.${within.replace(row[0], row[1])}.${kind}` } : undefined;
}
