import { homedir } from "node:os";
import { join } from "node:path";

import type { Transport } from "./core/transport.ts";
import type { AdapterShape } from "./deploy/adapter.ts";
import type { ModelShape } from "./deploy/model-shape.ts";
import {
  readAdapter as readAdapterWith,
  readModel as readModelWith,
  type OllamaPlace,
  type ReadModelContext,
} from "./deploy/read-model.ts";
import { createTransport } from "./http/undici-transport.ts";

/** Options of `readModel` and `readAdapter`. */
export interface ReadModelOptions extends Omit<ReadModelContext, "ollamaStore"> {
  /** Where `OLLAMA_MODELS` is looked up. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads what a model is: of a GGUF file or a folder of safetensors, by path or address, or of a model in Ollama's store.
 * Only what describes the tensors is read, never their data. Rejects with `not-found`, `forbidden`, `invalid-request` for
 * what is damaged or no model, `unsupported` for what cannot be read, `limit`, and with the transport's errors.
 */
export async function readModel(place: string | OllamaPlace, options: ReadModelOptions = {}): Promise<ModelShape> {
  const { env = process.env, ...context } = options;
  const ollamaStore = env["OLLAMA_MODELS"] || join(homedir(), ".ollama", "models");
  return await withTransport(context.transport, (transport) =>
    readModelWith(place, { ...context, transport, ollamaStore }),
  );
}

/** Reads what a LoRA adapter is: of a GGUF file, or a folder of Hugging Face's kind. Rejects as `readModel` does. */
export async function readAdapter(place: string, options: ReadModelOptions = {}): Promise<AdapterShape> {
  const { env: _env, ...context } = options;
  return await withTransport(context.transport, (transport) => readAdapterWith(place, { ...context, transport }));
}

/** Lends the caller's transport, or one of its own, which is closed again. */
async function withTransport<Result>(
  lent: Transport | undefined,
  work: (transport: Transport) => Promise<Result>,
): Promise<Result> {
  const transport = lent ?? createTransport();
  try {
    return await work(transport);
  } finally {
    if (!lent) await transport.close();
  }
}

export type { AdapterShape } from "./deploy/adapter.ts";
export { memorySource, type ByteSource } from "./deploy/byte-source.ts";
export { fileSource } from "./deploy/file-source.ts";
export type { GgufList, GgufValue } from "./deploy/gguf-metadata.ts";
export { ggufMixtures, type GgufMixture } from "./deploy/gguf-mixtures.ts";
export { readGguf, type GgufFile } from "./deploy/gguf.ts";
export { httpSource, type HttpSourceOptions } from "./deploy/http-source.ts";
export type * from "./deploy/model-shape.ts";
export {
  predictQuantization,
  type PredictQuantizationOptions,
  type QuantizationPrediction,
} from "./deploy/predict-quantization.ts";
export type { Quantization } from "./deploy/quantization.ts";
export type { OllamaPlace, ReadModelContext } from "./deploy/read-model.ts";
export { reportedShape } from "./deploy/reported-shape.ts";
export { readSafetensors, type SafetensorsFile } from "./deploy/safetensors.ts";
export type { TensorGroup, TensorRole } from "./deploy/tensor-groups.ts";
export type { TensorInfo } from "./deploy/tensor-info.ts";
