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
import { withTransport } from "./own-transport.ts";

/** Options of `readModel` and `readAdapter`. */
export interface ReadModelOptions extends Omit<ReadModelContext, "ollamaStore"> {
  /** Where `OLLAMA_MODELS` is looked up. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export const readModelOptions: Record<keyof ReadModelOptions, true> = {
  transport: true,
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
  const { env = process.env, ...context } = options;
  const ollamaStore = env["OLLAMA_MODELS"] || join(homedir(), ".ollama", "models");
  return await withTransport(context.transport, (transport) =>
    readModelWith(place, { ...context, transport, ollamaStore }),
  );
}

/** Reads what a LoRA adapter is: of a GGUF file, or a folder of Hugging Face's kind. Rejects as `readModel` does. */
export async function readAdapter(place: string, options: ReadModelOptions = {}): Promise<AdapterShape> {
  checkOptions("readAdapter", options, readModelOptions);
  const { env: _env, ...context } = options;
  return await withTransport(context.transport, (transport) => readAdapterWith(place, { ...context, transport }));
}
