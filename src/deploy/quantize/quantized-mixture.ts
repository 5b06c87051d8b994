import { nearest } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import { bitsPerValue, ggufType, isGgufTypeName, type GgufTypeName } from "../shape/gguf-types.ts";
import type { TensorInfo } from "../shape/tensor-info.ts";
import { ggufMixtures, mainTypeOf, type GgufMixture } from "./gguf-mixtures.ts";
import type { QuantizationPrediction } from "./predict-quantization.ts";

/** Other names that `llama-quantize` takes (llama.cpp b11434). */
const aliases: Readonly<Record<string, GgufMixture>> = { Q3_K: "Q3_K_M", Q4_K: "Q4_K_M", Q5_K: "Q5_K_M" };

/**
 * The mixture that a name means, in any case of letters, among those that both the program and this library know. Throws
 * `invalid-request` with the list, and the nearest name where one is near.
 */
export function mixtureNamed(name: string, known: readonly string[]): GgufMixture {
  const capitals = name.toUpperCase();
  const wanted = aliases[capitals] ?? capitals;
  const possible = ggufMixtures.filter((mixture) => known.includes(mixture));
  const mixture = possible.find((candidate) => candidate === wanted);
  if (mixture !== undefined) return mixture;
  const near = nearest(wanted, possible);
  throw new InhouseError("invalid-request", `llama-quantize makes no "${name}".`, {
    hint: `${near === undefined ? "" : `Did you mean "${near}"? `}It makes: ${possible.join(", ")}.`,
  });
}

/** The type of tensors that an option names, in any case of letters. Throws `invalid-request`. */
export function tensorTypeNamed(option: string, name: string): GgufTypeName {
  const capitals = name.toUpperCase();
  if (isGgufTypeName(capitals)) return capitals;
  throw new InhouseError("invalid-request", `quantize: ${option}: there is no tensor type "${name}".`, {
    hint: "Tensor types are F16, BF16, Q8_0, Q6_K, Q5_K, Q4_K ...: a mixture such as Q4_K_M is none.",
  });
}

/** Whether values are stored in fewer bits than the model was trained in. */
export const isQuantizedType = (type: string): boolean => !/^(F64|F32|F16|BF16|I\d+)$/.test(type);

/** The first tensor that `llama-quantize` makes with an importance matrix only (`tensor_requires_imatrix`, b11434). */
export function tensorInNeedOfMatrix({ shape, mixture }: QuantizationPrediction): TensorInfo | undefined {
  return shape.tensors.find(
    ({ name, type }) =>
      !/(^|per_layer_)token_embd\.weight$|^output\.weight$/.test(name) &&
      (/^(IQ3_XXS|IQ2_\w+|IQ1_\w+)$/.test(type) || (type === "Q2_K" && mixture === "Q2_K_S")),
  );
}

/** What whoever asks for a mixture should know; nothing where nothing is to be said. */
export function mixtureWarnings(
  mixture: GgufMixture,
  facts: { readonly importanceMatrix: boolean; readonly requantizes: boolean },
): readonly string[] {
  const bits = bitsPerValue(ggufType(mainTypeOf(mixture)));
  return [
    ...(bits < 4 && !facts.importanceMatrix
      ? [
          `${mixture} without an importance matrix answers noticeably worse: have one made of a text (imatrix: { text }, --imatrix-text).`,
        ]
      : []),
    ...(facts.requantizes
      ? ["The source was quantized already: what it lost stays lost, and this loses more. Quantize from 16 bits."]
      : []),
  ];
}
