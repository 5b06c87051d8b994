import { homedir } from "node:os";
import { join } from "node:path";

import { checkOptions } from "../core/check-options.ts";
import type { AdapterShape } from "../deploy/shape/adapter.ts";
import type { ModelShape } from "../deploy/shape/model-shape.ts";
import {
  readAdapter as readAdapterWith,
  readModel as readModelWith,
  type OllamaPlace,
  type ReadModelContext,
} from "../deploy/shape/read-model.ts";
import { withTransport, type TransportChoice } from "./own-transport.ts";

/** Options of `readModel` and `readAdapter`: `transport` and `policy` are for places that begin with `http:` or `https:`. */
export interface ReadModelOptions extends Omit<ReadModelContext, "ollamaStore">, TransportChoice {
  /** Where `OLLAMA_MODELS` is looked up. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export const readModelOptions: Record<keyof ReadModelOptions, true> = {
  transport: true,
  policy: true,
  headers: true,
  projector: true,
  signal: true,
  env: true,
};

/**
 * Reads what a model is: of a GGUF file or a folder of safetensors, by path or address, or of a model in Ollama's store.
 * Only what describes the tensors is read, never their data. Rejects with `not-found`, `forbidden`, `invalid-request` for
 * what is damaged or no model, `unsupported` for what cannot be read, `limit`, and with the transport's errors.
 */
export async function readModel(place: string | OllamaPlace, options: ReadModelOptions = {}): Promise<ModelShape> {
  checkOptions("readModel", options, readModelOptions);
  const { env = process.env, policy: _policy, ...context } = options;
  const ollamaStore = env["OLLAMA_MODELS"] || join(homedir(), ".ollama", "models");
  return await withTransport(options, (transport) => readModelWith(place, { ...context, transport, ollamaStore }));
}

/** Reads what a LoRA adapter is: of a GGUF file, or a folder of Hugging Face's kind. Rejects as `readModel` does. */
export async function readAdapter(place: string, options: ReadModelOptions = {}): Promise<AdapterShape> {
  checkOptions("readAdapter", options, readModelOptions);
  const { env: _env, policy: _policy, ...context } = options;
  return await withTransport(options, (transport) => readAdapterWith(place, { ...context, transport }));
}
