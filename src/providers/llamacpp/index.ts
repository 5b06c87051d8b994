import { checkOptions } from "../../core/check-options.ts";
import { lazyHandler } from "../../core/lazy-handler.ts";
import type { Message } from "../../core/message.ts";
import type { Provider } from "../../core/provider.ts";
import { createEndpoint, type EndpointOptions } from "../../http/endpoint.ts";
import type { JsonObject } from "../../http/json.ts";
import type { LlamacppAdapters } from "./llamacpp-adapters.ts";
import { llamacppCapabilities } from "./llamacpp-capabilities.ts";
import { llamacppMedia } from "./llamacpp-media.ts";

export type { EndpointOptions } from "../../http/endpoint.ts";
export type { LlamacppAdapter, LlamacppAdapterChoice, LlamacppAdapters } from "./llamacpp-adapters.ts";
export type { LlamacppRequestAdapter, LlamacppRequestOptions } from "./llamacpp-options.ts";

/** Options of `llamacpp`. */
export interface LlamacppOptions extends EndpointOptions {
  /** Where llama-server listens; an `--api-prefix` belongs to it. Default `http://127.0.0.1:8080`. */
  readonly baseURL?: string;
}

/** The provider of llama-server, with what only llama-server has. */
export interface LlamacppProvider extends Provider {
  /** `GET /props`: how the server is set up, as it says itself; on a router, of one loaded model. */
  props(model?: string, signal?: AbortSignal): Promise<JsonObject>;
  /** `GET /slots`: what each slot is doing. Rejects with `unsupported` under `--no-slots`. */
  slots(model?: string, signal?: AbortSignal): Promise<readonly JsonObject[]>;
  /** `POST /apply-template`: the prompt that the model's chat template makes of messages. */
  applyTemplate(messages: readonly Message[], signal?: AbortSignal): Promise<string>;
  /** Its LoRA adapters: `list`, and which of them count (`load`, `unload`). One request chooses by `providerOptions.llamacpp.lora`. */
  readonly adapters: LlamacppAdapters;
}

const optionNames = { baseURL: 1, apiKey: 1, headers: 1, transport: 1, policy: 1 };

/** A provider for llama.cpp's llama-server, single model or router. Throws `invalid-request` for a wrong option. */
export function llamacpp(options: LlamacppOptions = {}): LlamacppProvider {
  checkOptions("llamacpp", options, optionNames);
  const endpoint = createEndpoint("llamacpp", options, {
    baseURL: "http://127.0.0.1:8080",
    prefix: (prefix) => prefix.replace(/\/v1$/, ""),
    classify: async (report) => (await import("./llamacpp-classify.ts")).classifyLlamacpp(report),
  });
  /** What is asked about the server beside its calls, loaded when it is first asked. */
  const introspection = () => import("./llamacpp-introspection.ts");
  const lora = () => import("./llamacpp-adapters.ts");

  return {
    name: "llamacpp",
    transport: endpoint.transport,
    capabilities: llamacppCapabilities,
    media: llamacppMedia,
    ignoresModelName: true,
    send: lazyHandler(async () => (await import("./llamacpp-handler.ts")).llamacppHandler(endpoint)),
    models: async (signal) => (await introspection()).listLlamacpp(endpoint, signal),
    describe: async (model, signal) => (await introspection()).describeLlamacpp(endpoint, model, signal),
    measure: async (...prompt) => (await import("./llamacpp-measure.ts")).measureLlamacpp(endpoint, ...prompt),
    health: async (signal) => (await import("./llamacpp-health.ts")).llamacppHealth(endpoint, signal),
    props: async (model, signal) => (await introspection()).props(endpoint, model, signal),
    slots: async (model, signal) => (await introspection()).slots(endpoint, model, signal),
    applyTemplate: async (messages, signal) => (await introspection()).applyTemplate(endpoint, messages, signal),
    adapters: {
      list: async (signal) => (await lora()).listAdapters(endpoint, signal),
      load: async (adapter, signal) => (await lora()).loadAdapter(endpoint, adapter, signal),
      unload: async (name, signal) => (await lora()).unloadAdapter(endpoint, name, signal),
    },
    close: () => endpoint.close(),
  };
}
