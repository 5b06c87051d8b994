import type { ModelInfo } from "../../core/provider.ts";
import type { ModelShape } from "./model-shape.ts";

/**
 * The shape of a model as far as a running server tells it: sizes, contexts and the quantization's name, no layers. What
 * needs these (the KV cache) is `unsupported` then; read the model's file for it.
 */
export function reportedShape(info: ModelInfo): ModelShape {
  const { id, embeddingLength, trainedContextLength, parameterCount, quantization, sizeBytes } = info;
  return {
    format: "server",
    sources: [id],
    name: id,
    ...(embeddingLength === undefined ? {} : { embeddingLength }),
    ...(trainedContextLength === undefined ? {} : { trainedContextLength }),
    ...(parameterCount === undefined ? {} : { parameters: { total: parameterCount, active: parameterCount } }),
    quantization: {
      name: quantization === undefined ? "unknown" : mixtureName(quantization),
      ...(parameterCount && sizeBytes !== undefined ? { bitsPerWeight: (sizeBytes * 8) / parameterCount } : {}),
      evidence: quantization === undefined ? "the server does not tell" : `the server says "${quantization}"`,
    },
    ...(sizeBytes === undefined ? {} : { weightBytes: sizeBytes }),
    groups: [],
    tensors: [],
  };
}

/** llama-server writes `Q4_K - Medium` for what everybody else calls `Q4_K_M`. */
function mixtureName(told: string): string {
  const [, type, size = ""] = /^(I?Q\d\w*) - (Small|Medium|Large)$/.exec(told) ?? [];
  return type === undefined ? told : `${type}_${size[0]}`;
}
