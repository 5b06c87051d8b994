import { InhouseError } from "../../core/error.ts";
import { ggufType, type GgufTypeName } from "../shape/gguf-types.ts";
import { mainTypeOf, type GgufMixture } from "./gguf-mixtures.ts";

/** What `llama-quantize` looks at besides a tensor's name and shape. */
export interface MixtureFacts {
  /** Heads that share a KV head, in the first layer. */
  readonly headsPerKvHead: number;
  readonly experts: number;
  /** Layers, those that guess ahead included. */
  readonly layers: number;
  /** Tensors that make values: `attn_v`, `attn_qkv`, `attn_kv_b`. */
  readonly valueTensors: number;
  /** The class of 80 layers whose eight heads share their values. */
  readonly is70B: boolean;
  readonly tiedEmbeddings: boolean;
  readonly importanceMatrix: boolean;
}

/** A tensor by what the rules tell apart, and how many like it came before. */
export interface MixtureTensor {
  readonly role: MixtureRole;
  readonly rowLength: number;
  /** Matrices in one, of experts. */
  readonly matrices: number;
  /** Its place among those of its role, and of a mixture of experts its layer. */
  readonly index: number;
}

/** The categories of `tensor_get_category`, those that are treated alike put together. */
export type MixtureRole =
  | "embedding"
  | "output"
  | "q"
  | "k"
  | "v"
  | "attention-output"
  | "up"
  | "gate"
  | "down"
  | "other";

/** The first that matches decides, as in `tensor_get_category`. */
const roles: readonly (readonly [MixtureRole, RegExp])[] = [
  ["output", /^output\.weight$/],
  ["embedding", /^(per_layer_)?token_embd\.weight$/],
  ["v", /attn_qkv\.weight|attn_kv_b\.weight|attn_v\.weight/],
  ["k", /attn_k\.weight/],
  ["q", /attn_q\.weight/],
  ["attention-output", /attn_output\.weight/],
  ["up", /ffn_up/],
  ["gate", /ffn_gate/],
  ["down", /ffn_down/],
];

/** What the rules take a tensor for, by its GGUF name. */
export const mixtureRoleOf = (name: string): MixtureRole =>
  roles.find(([, pattern]) => pattern.test(name))?.[0] ?? "other";

/** Names that keep the type they have (`tensor_allows_quantization`). */
const kept =
  /_norm\.weight|ffn_gate_inp\.weight|ffn_gate_tid2eid|altup|laurel|per_layer_model_proj|^position_embd\.weight$|^token_types\.weight$|ssm_conv1d|shortconv\.conv\.weight|indexer\.[kq]_proj|time_mix_(first|w[012]|v[012]|a[012]|g[12]|decay_w[12]|lerp_fused)\.weight|attn_rel_b\.weight|\.position_embd|sam\.(pos_embd|neck\.|net_)|\.rel_pos|\.patch_embd|\.patch_merger|a\.rvq\.codebook|mm\.a\.code_embd/;

/** Whether a tensor is quantized at all: a matrix, whose name ends in `weight` and is no exception. */
export function isQuantized(name: string, shape: readonly number[]): boolean {
  const dimensions = shape.findLastIndex((length) => length > 1) + 1;
  return dimensions >= 2 && name.endsWith("weight") && !kept.test(name);
}

/** The type that a tensor gets in a mixture, by the rules of llama.cpp b11434 (`llama_tensor_get_type_impl`). */
export function mixtureType(mixture: GgufMixture, tensor: MixtureTensor, facts: MixtureFacts): GgufTypeName {
  const main = mainTypeOf(mixture);
  if (main === "F32" || main === "F16" || main === "BF16") return main;
  return fitting(chosen(mixture, main, tensor, facts), tensor.rowLength);
}

/** The type that a tensor gets under `--pure`: the mixture's main type, or what stands in for it. */
export const pureType = (mixture: GgufMixture, { rowLength }: Pick<MixtureTensor, "rowLength">): GgufTypeName =>
  fitting(mainTypeOf(mixture), rowLength);

function chosen(mixture: GgufMixture, main: GgufTypeName, tensor: MixtureTensor, facts: MixtureFacts): GgufTypeName {
  const { role, matrices } = tensor;
  if (role === "output" || (facts.tiedEmbeddings && role === "embedding")) return ofOutput(mixture, main, tensor);
  if (mixture === "MXFP4_MOE") return matrices > 1 ? "MXFP4" : "Q8_0";
  if (role === "embedding") return ofEmbedding[mixture] ?? main;
  const rules = belowThreeBits.has(mixture) ? lowRules : usualRules;
  return rules[role]?.(mixture, tensor, facts) ?? main;
}

/** Mixtures around two bits, whose rules are their own. */
const belowThreeBits = new Set<GgufMixture>(["IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M"]);

function ofOutput(mixture: GgufMixture, main: GgufTypeName, { rowLength }: MixtureTensor): GgufTypeName {
  if (mixture === "MXFP4_MOE" || main === "Q8_0" || rowLength % ggufType(main).blockValues !== 0) return "Q8_0";
  return belowThreeBits.has(mixture) || mixture === "IQ3_XXS" ? "Q5_K" : "Q6_K";
}

const ofEmbedding: Partial<Record<GgufMixture, GgufTypeName>> = {
  IQ1_S: "Q2_K",
  IQ1_M: "Q2_K",
  IQ2_XXS: "Q2_K",
  IQ2_XS: "Q2_K",
  IQ2_S: "IQ3_S",
  IQ2_M: "IQ3_S",
  IQ3_XXS: "IQ3_S",
  TQ1_0: "Q4_K",
  TQ2_0: "Q4_K",
  Q2_0: "Q4_K",
};

type Rule = (mixture: GgufMixture, tensor: MixtureTensor, facts: MixtureFacts) => GgufTypeName | undefined;
type Rules = Partial<Record<MixtureRole, Rule>>;
type ByMixture = Partial<Record<GgufMixture, GgufTypeName>>;

const isFirst = (index: number, count: number, part: number): boolean => index < Math.floor(count / part);

/** The first and the last eighth of the layers, and every third between them. */
function useMoreBits(index: number, count: number): boolean {
  const eighth = Math.floor(count / 8);
  return index < eighth || index >= Math.floor((7 * count) / 8) || (index - eighth) % 3 === 2;
}

const isSmallTwo = (mixture: GgufMixture): boolean => mixture === "IQ2_S" || mixture === "IQ2_M";

const lowRules: Rules = {
  v: (mixture, _, { headsPerKvHead, experts }) =>
    headsPerKvHead >= 4 || experts >= 4 ? "Q4_K" : isSmallTwo(mixture) ? "IQ3_S" : "Q2_K",
  k: (_, __, { experts }) => (experts === 8 ? "Q4_K" : undefined),
  down: (mixture, { index }, { layers }) =>
    isFirst(index, layers, 8) ? (isSmallTwo(mixture) ? "IQ3_S" : "Q2_K") : undefined,
  "attention-output": (mixture, _, { experts }) =>
    experts === 8 ? "Q5_K" : isSmallTwo(mixture) ? "IQ3_S" : mixture.startsWith("IQ1") ? "IQ2_XXS" : undefined,
};

const outputOfEightExperts = new Set<GgufMixture>([
  "Q2_K",
  "IQ3_XS",
  "IQ3_XXS",
  "Q3_K_S",
  "Q3_K_M",
  "IQ4_NL",
  "Q4_K_S",
  "Q4_K_M",
  "IQ3_S",
  "IQ3_M",
  "IQ4_XS",
]);

const queriesAndKeys: ByMixture = { IQ3_XS: "IQ3_XXS", IQ3_XXS: "IQ2_S" };
const attentionOutput: ByMixture = { Q2_K: "Q3_K", IQ3_XXS: "IQ3_S", Q3_K_M: "Q4_K", Q3_K_L: "Q5_K", IQ3_M: "Q4_K" };

const insideIsSmaller: Rule = (mixture, { index }, { layers }) =>
  mixture === "IQ3_XS" && !isFirst(index, layers, 8) && index < Math.floor((7 * layers) / 8) ? "IQ3_XXS" : undefined;

const usualRules: Rules = {
  v(mixture, tensor, facts) {
    if (facts.experts === 8) return "Q8_0";
    const type = valueRules[mixture]?.(mixture, tensor, facts);
    const result = type ?? mainTypeOf(mixture);
    return facts.is70B && (result === "Q3_K" || result === "Q4_K") ? "Q5_K" : type;
  },
  k: (mixture, _, { experts }) => (experts === 8 ? "Q8_0" : queriesAndKeys[mixture]),
  q: (mixture) => queriesAndKeys[mixture],
  down: (mixture, tensor, facts) => downRules[mixture]?.(mixture, tensor, facts),
  "attention-output": (mixture, _, { experts }) =>
    experts === 8 ? (outputOfEightExperts.has(mixture) ? "Q5_K" : undefined) : attentionOutput[mixture],
  gate: insideIsSmaller,
  up: insideIsSmaller,
};

const sharedByFour =
  (type: GgufTypeName, otherwise?: GgufTypeName): Rule =>
  (_, __, { headsPerKvHead }) =>
    headsPerKvHead >= 4 ? type : otherwise;

const valueRules: Partial<Record<GgufMixture, Rule>> = {
  Q2_K: sharedByFour("Q4_K", "Q3_K"),
  Q2_K_S: sharedByFour("Q4_K"),
  IQ3_XXS: (_, __, facts) => (facts.headsPerKvHead >= 4 ? "Q4_K" : facts.importanceMatrix ? "IQ3_XXS" : "IQ3_S"),
  IQ3_XS: sharedByFour("Q4_K"),
  IQ3_S: sharedByFour("Q4_K"),
  IQ3_M: () => "Q4_K",
  IQ4_NL: sharedByFour("Q5_K"),
  IQ4_XS: sharedByFour("Q5_K"),
  Q3_K_M: (_, { index }) => (index < 2 ? "Q5_K" : "Q4_K"),
  Q3_K_L: () => "Q5_K",
  Q4_K_S: (_, { index }) => (index < 4 ? "Q5_K" : undefined),
  Q4_K_M: (_, { index }, { valueTensors }) => (useMoreBits(index, valueTensors) ? "Q6_K" : undefined),
  Q5_K_M: (_, { index }, { valueTensors }) => (useMoreBits(index, valueTensors) ? "Q6_K" : undefined),
};

const firstEighth =
  (type: GgufTypeName, applies: (facts: MixtureFacts) => boolean = () => true): Rule =>
  (_, { index }, facts) =>
    isFirst(index, facts.layers, 8) && applies(facts) ? type : undefined;

const withMatrix = (facts: MixtureFacts): boolean => facts.importanceMatrix;
const withoutMatrix = (facts: MixtureFacts): boolean => !facts.importanceMatrix;

const downRules: Partial<Record<GgufMixture, Rule>> = {
  Q2_K: () => "Q3_K",
  Q2_K_S: firstEighth("Q4_K"),
  IQ3_XXS: (_, { index }, { layers, importanceMatrix }) =>
    importanceMatrix ? undefined : isFirst(index, layers, 8) ? "Q4_K" : "Q3_K",
  Q3_K_M: (_, { index }, { layers }) => (isFirst(index, layers, 16) ? "Q5_K" : "Q4_K"),
  IQ3_M: (_, { index }, { layers, experts }) =>
    isFirst(index, layers, 8) || (experts === 8 && useMoreBits(index, layers)) ? "Q4_K" : undefined,
  Q3_K_L: () => "Q5_K",
  Q4_K_M: (_, { index }, { layers }) => (useMoreBits(index, layers) ? "Q6_K" : undefined),
  Q5_K_M: (_, { index }, { layers }) => (useMoreBits(index, layers) ? "Q6_K" : undefined),
  Q4_K_S: firstEighth("Q5_K"),
  IQ4_NL: firstEighth("Q5_K", withoutMatrix),
  IQ4_XS: firstEighth("Q5_K", withoutMatrix),
  Q4_0: firstEighth("Q4_1", withMatrix),
  Q5_0: firstEighth("Q5_1", withMatrix),
};

/** The type itself, or the one that stands in where a row is no whole number of its blocks (`tensor_type_fallback`). */
function fitting(type: GgufTypeName, rowLength: number): GgufTypeName {
  if (rowLength % ggufType(type).blockValues === 0) return type;
  const instead = standIns[type] ?? type;
  if (instead === type && ggufType(type).blockValues > 32) {
    throw new InhouseError("unsupported", `Rows of ${rowLength} values are no whole blocks of ${type}.`, {
      hint: "llama-quantize refuses this model in this mixture: choose another.",
    });
  }
  return rowLength % ggufType(instead).blockValues === 0 ? instead : "F16";
}

const standIns: Partial<Record<GgufTypeName, GgufTypeName>> = {
  IQ1_S: "IQ4_NL",
  IQ1_M: "IQ4_NL",
  IQ2_XXS: "IQ4_NL",
  IQ2_XS: "IQ4_NL",
  IQ2_S: "IQ4_NL",
  IQ3_XXS: "IQ4_NL",
  IQ3_S: "IQ4_NL",
  IQ4_XS: "IQ4_NL",
  Q2_0: "Q4_0",
  Q2_K: "Q4_0",
  Q3_K: "Q4_0",
  TQ1_0: "Q4_0",
  TQ2_0: "Q4_0",
  Q4_K: "Q5_0",
  Q5_K: "Q5_1",
  Q6_K: "Q8_0",
};
