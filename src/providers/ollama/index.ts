import { checkOptions } from "../../core/check-options.ts";
import { lazyHandler } from "../../core/lazy-handler.ts";
import type { PromptSize, Provider } from "../../core/provider.ts";
import { createEndpoint, type EndpointOptions } from "../../http/endpoint.ts";
import type { JsonObject } from "../../http/json.ts";
import type { OllamaUploadOptions } from "./ollama-blob.ts";
import { ollamaCapabilities } from "./ollama-capabilities.ts";
import type { OllamaRunningModel } from "./ollama-introspection.ts";
import type { OllamaModelDefinition, OllamaTransferOptions } from "./ollama-library.ts";
import { ollamaMedia } from "./ollama-media.ts";
import { ollamaProgress, type OllamaProgress } from "./ollama-progress.ts";
import type { OllamaLoadOptions } from "./ollama-store.ts";

export type { EndpointOptions } from "../../http/endpoint.ts";
export type { OllamaUploadOptions } from "./ollama-blob.ts";
export type { OllamaRunningModel } from "./ollama-introspection.ts";
export type { OllamaModelDefinition, OllamaParameters, OllamaTransferOptions } from "./ollama-library.ts";
export type { OllamaRequestOptions, OllamaRunnerOptions } from "./ollama-options.ts";
export type { OllamaProgress, OllamaProgressEvent } from "./ollama-progress.ts";
export type { OllamaLoadOptions } from "./ollama-store.ts";

/** Options of `ollama`. */
export interface OllamaOptions extends EndpointOptions {
  /** Where Ollama listens. Default `http://127.0.0.1:11434`. */
  readonly baseURL?: string;
  /** Ollama itself asks for none; a proxy before it may. */
  readonly apiKey?: string;
}

/** The provider of Ollama, with what only Ollama has: its store of models and what is loaded of it. */
export interface OllamaProvider extends Provider {
  /** Downloads a model from its registry into the server's store. */
  pull(model: string, options?: OllamaTransferOptions): OllamaProgress;
  /** Uploads a model of the store to its registry. */
  push(model: string, options?: OllamaTransferOptions): OllamaProgress;
  /** Makes a model of another one, or of files that `uploadBlob` brought into the store. */
  create(definition: OllamaModelDefinition): OllamaProgress;
  /** Brings bytes, or a file by its path, into the store, unless they are there; resolves to their digest, for `create`. */
  uploadBlob(source: Uint8Array | string, options?: OllamaUploadOptions): Promise<string>;
  /** Gives a model a second name. Rejects with `not-found`. */
  copy(source: string, destination: string, signal?: AbortSignal): Promise<void>;
  /** Deletes a model, and its files unless another model has them too. Rejects with `not-found`. */
  delete(model: string, signal?: AbortSignal): Promise<void>;
  /** `POST /api/show`: what is known about a model, as Ollama says it itself. */
  show(model: string, signal?: AbortSignal): Promise<JsonObject>;
  /** The models in memory. */
  running(signal?: AbortSignal): Promise<readonly OllamaRunningModel[]>;
  /** Loads a model into memory, so that the next call need not wait for it. */
  load(model: string, options?: OllamaLoadOptions, signal?: AbortSignal): Promise<void>;
  /** Takes a model out of memory when its running calls have ended. */
  unload(model: string, signal?: AbortSignal): Promise<void>;
  /** The server's version, such as `0.34.2`. */
  version(signal?: AbortSignal): Promise<string>;
}

/** Ollama counts nothing beforehand, and loads a model with the window that the call names, if it names one. */
function promptSize(options: Readonly<Record<string, unknown>> = {}): PromptSize {
  const { numCtx, truncate } = options;
  return {
    ...(typeof numCtx === "number" ? { contextLength: numCtx } : {}),
    ...(truncate === true ? { mayBeCut: true } : {}),
  };
}

const optionNames = { baseURL: 1, apiKey: 1, headers: 1, transport: 1, policy: 1 };

/** A provider for Ollama, over its native protocol. Throws `invalid-request` for a wrong option. */
export function ollama(options: OllamaOptions = {}): OllamaProvider {
  checkOptions("ollama", options, optionNames);
  const endpoint = createEndpoint("ollama", options, {
    baseURL: "http://127.0.0.1:11434",
    prefix: (prefix) => prefix.replace(/\/(v1|api)$/, ""),
    classify: async (report) => (await import("./ollama-classify.ts")).classifyOllama(report),
  });
  // What many programs never call is loaded when it is first called.
  const introspection = () => import("./ollama-introspection.ts");
  const library = () => import("./ollama-library.ts");
  const store = () => import("./ollama-store.ts");

  return {
    name: "ollama",
    transport: endpoint.transport,
    capabilities: ollamaCapabilities,
    media: ollamaMedia,
    send: lazyHandler(async () => (await import("./ollama-handler.ts")).ollamaHandler(endpoint)),
    models: async (signal) => (await introspection()).listOllama(endpoint, signal),
    describe: async (model, signal) => (await introspection()).describeOllama(endpoint, model, signal),
    measure: async ({ providerOptions }) => promptSize(providerOptions?.["ollama"]),
    health: async (signal) => (await import("./ollama-health.ts")).ollamaHealth(endpoint, signal),
    preload: async (model, signal) => (await store()).load(endpoint, model, {}, signal),
    pull: (model, transfer) =>
      ollamaProgress(model, async () => (await library()).transfer(endpoint, "pull", model, transfer)),
    push: (model, transfer) =>
      ollamaProgress(model, async () => (await library()).transfer(endpoint, "push", model, transfer)),
    create: (definition) =>
      ollamaProgress(definition.model, async () => (await library()).creation(endpoint, definition)),
    uploadBlob: async (...upload) => (await import("./ollama-blob.ts")).uploadBlob(endpoint, ...upload),
    copy: async (...names) => (await store()).copy(endpoint, ...names),
    delete: async (...model) => (await store()).remove(endpoint, ...model),
    show: async (model, signal) => (await introspection()).show(endpoint, model, signal),
    running: async (signal) => (await introspection()).running(endpoint, signal),
    load: async (...loading) => (await store()).load(endpoint, ...loading),
    unload: async (...model) => (await store()).unload(endpoint, ...model),
    version: async (signal) => (await introspection()).version(endpoint, signal),
    close: () => endpoint.close(),
  };
}
