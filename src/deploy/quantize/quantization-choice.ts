import { InhouseError, isInhouseError } from "../../core/error.ts";
import type { ModelShape } from "../shape/model-shape.ts";
import { checkedCount } from "./checked-count.ts";
import type { GgufMixture } from "./gguf-mixtures.ts";
import type { LlamaQuantizeChoice } from "./llama-quantize.ts";
import { predictQuantization, type QuantizationPrediction } from "./predict-quantization.ts";
import type { QuantizeOptions } from "./quantize-options.ts";
import { tensorInNeedOfMatrix, tensorTypeNamed } from "./quantized-mixture.ts";

/** What the program is told by the options, all but the importance matrix. Throws `invalid-request` for what they cannot be. */
export function choiceOf(mixture: GgufMixture, options: QuantizeOptions, isSplit: boolean): LlamaQuantizeChoice {
  const { outputTensorType, tokenEmbeddingType, threads, pure, keepSplit, allowRequantize } = options;
  return {
    mixture,
    pure,
    keepSplit: keepSplit && isSplit, // of one file it would make one part of one
    allowRequantize,
    threads: checkedCount("quantize: threads", threads),
    outputTensorType:
      outputTensorType === undefined ? undefined : tensorTypeNamed("outputTensorType", outputTensorType),
    tokenEmbeddingType:
      tokenEmbeddingType === undefined ? undefined : tensorTypeNamed("tokenEmbeddingType", tokenEmbeddingType),
  };
}

/**
 * What will be made, so far as it is known. Throws `invalid-request` for what needs an importance matrix and has none, and for what
 * llama-quantize refuses.
 */
export function predictedOf(
  shape: ModelShape,
  { mixture, pure, outputTensorType, tokenEmbeddingType }: LlamaQuantizeChoice,
  importanceMatrix: boolean,
): QuantizationPrediction | undefined {
  const prediction = predicted(shape, mixture, {
    importanceMatrix,
    ...(pure === undefined ? {} : { pure }),
    ...(outputTensorType === undefined ? {} : { outputTensorType }),
    ...(tokenEmbeddingType === undefined ? {} : { tokenEmbeddingType }),
  });
  const needs = prediction && !importanceMatrix ? tensorInNeedOfMatrix(prediction) : undefined;
  if (!needs) return prediction;
  throw new InhouseError(
    "invalid-request",
    `${mixture} needs an importance matrix: ${needs.name} becomes ${needs.type}.`,
    {
      hint: "Set imatrix to one, or to the text to make it of (--imatrix-text TEXT); or take Q2_K, Q3_K_M or more.",
    },
  );
}

/** Nothing for an architecture whose rules are not known; what llama-quantize refuses is refused here. */
function predicted(...[shape, mixture, options]: Parameters<typeof predictQuantization>) {
  try {
    return predictQuantization(shape, mixture, options);
  } catch (error) {
    if (isInhouseError(error) && error.code === "unsupported" && /--dry-run/.test(error.hint)) return undefined;
    throw error;
  }
}
