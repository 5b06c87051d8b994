import { pinFile } from "../deploy/files/pin-files.ts";
import { readModel } from "../deploy/shape/read-model.ts";
import type { OnProgress } from "../deploy/work-progress.ts";
import type { EndpointOptions } from "../http/endpoint.ts";
import { ollama } from "../providers/ollama/index.ts";
import { parseOllamaHost } from "../providers/ollama/ollama-host.ts";
import {
  importIntoOllama,
  type ImportedModel,
  type OllamaImportDefinition,
} from "../providers/ollama/ollama-import.ts";
import type { EnvironmentOptions } from "./quantizing.ts";

/** Options of `importToOllama`: the server, and what the model has beside its file. */
export interface ImportOptions extends EndpointOptions, OllamaImportDefinition, EnvironmentOptions {
  /** Default: what `OLLAMA_HOST` says, else `http://127.0.0.1:11434`. */
  readonly baseURL?: string;
  readonly onProgress?: OnProgress;
}

/**
 * Brings a GGUF file into the store of an Ollama, unless it is there, makes a model of it by that name, and compares what Ollama
 * shows with the file. Rejects with `unsupported` for a model in several files, `protocol` where Ollama has made something else of
 * it, as `readModel` does, and with what the server answers.
 */
export async function importToOllama(path: string, name: string, options: ImportOptions = {}): Promise<ImportedModel> {
  const { env = process.env, apiKey, headers, transport, policy, ...rest } = options;
  const { baseURL = parseOllamaHost(env["OLLAMA_HOST"] ?? ""), ...definition } = rest;
  const { signal, onProgress } = definition;
  const shape = await readModel(path, signal ? { signal } : {});
  const file = await pinFile(path, { signal, onProgress });
  const given = Object.entries({ baseURL, apiKey, headers, transport, policy }).filter(
    ([, value]) => value !== undefined,
  );
  const provider = ollama(Object.fromEntries(given));
  try {
    return await importIntoOllama(provider, { file, shape }, name, definition);
  } finally {
    await provider.close();
  }
}
