import { stat } from "node:fs/promises";
import { join } from "node:path";

import { abortError, InhouseError } from "../../core/error.ts";
import type { Transport } from "../../core/transport.ts";
import { readAdapterFile, readAdapterFolder, type AdapterShape } from "./adapter.ts";
import { fileFailure, fileSource } from "./file-source.ts";
import { readGgufModel, type OpenSource } from "./gguf-model.ts";
import { httpSource } from "./http-source.ts";
import type { ModelFolder } from "./model-folder.ts";
import type { ModelShape } from "./model-shape.ts";
import { readOllamaModel } from "./ollama-manifest.ts";
import { readSafetensorsModel } from "./safetensors-model.ts";

/** A model in Ollama's store on this machine. */
export interface OllamaPlace {
  /** As for `ollama run`. */
  readonly ollama: string;
  /** The store's folder. Default: `OLLAMA_MODELS`, else `~/.ollama/models`. */
  readonly store?: string;
}

/** What reading a model needs. */
export interface ReadModelContext {
  /** For places that begin with `http:` or `https:`. */
  readonly transport?: Transport;
  /** Sent with every request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A GGUF file beside the model's that encodes pictures or sound (`mmproj`). */
  readonly projector?: string;
  /** Where Ollama keeps its models, when the place does not say. */
  readonly ollamaStore?: string;
  readonly signal?: AbortSignal;
}

/**
 * Reads what a model is: of a GGUF file or a folder of safetensors, by path or address, or of a model in Ollama's store.
 * Only what describes the tensors is read, never their data. Rejects with `not-found`, `forbidden`, `invalid-request` for
 * what is damaged or no model, `unsupported` for what cannot be read, `limit`, and with the transport's errors.
 */
export async function readModel(place: string | OllamaPlace, context: ReadModelContext = {}): Promise<ModelShape> {
  const { signal } = context;
  if (signal?.aborted) throw abortError(signal);
  const open = opener(context);
  if (typeof place === "object") {
    const store = place.store ?? context.ollamaStore;
    if (store === undefined) throw new InhouseError("invalid-request", "Where Ollama's store is was not told.");
    return await readOllamaModel(folderAt(store, open), place.ollama, open, signal);
  }
  if (await isFile(place)) {
    const { projector } = context;
    return await readGgufModel(place, open, {
      ...(projector === undefined ? {} : { projector }),
      ...(signal ? { signal } : {}),
    });
  }
  return await readSafetensorsModel(folderAt(place, open), signal);
}

/** Reads what a LoRA adapter is: of a GGUF file, or a folder of Hugging Face's kind. Rejects as `readModel` does. */
export async function readAdapter(place: string, context: ReadModelContext = {}): Promise<AdapterShape> {
  const open = opener(context);
  return (await isFile(place))
    ? await readAdapterFile(place, open, context.signal)
    : await readAdapterFolder(folderAt(place, open), context.signal);
}

const isAddress = (place: string): boolean => /^https?:\/\//.test(place);

/** Of an address the name decides, of a path what is there. */
async function isFile(place: string): Promise<boolean> {
  if (isAddress(place)) return /\.gguf(\?|$)/.test(place);
  const stats = await stat(place).catch((error: unknown) => Promise.reject(fileFailure(place, error)));
  return stats.isFile();
}

function opener({ transport, headers, signal }: ReadModelContext): OpenSource {
  return async (name) => {
    if (!isAddress(name)) return await fileSource(name);
    if (!transport) throw new InhouseError("invalid-request", `${name} is an address, and no transport was given.`);
    return await httpSource(name, { transport, ...(headers ? { headers } : {}), ...(signal ? { signal } : {}) });
  };
}

function folderAt(name: string, open: OpenSource): ModelFolder {
  return { name, open: (file) => open(isAddress(name) ? `${name.replace(/\/+$/, "")}/${file}` : join(name, file)) };
}
