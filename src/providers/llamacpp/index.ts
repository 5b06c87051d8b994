import { checkOptions } from "../../core/check-options.ts";
import type { Message } from "../../core/message.ts";
import type { Provider } from "../../core/provider.ts";
import { ask, createEndpoint, type EndpointOptions } from "../../http/endpoint.ts";
import { arrayOf, isObject, objectOf, stringOf, type JsonObject } from "../../http/json.ts";
import { converse } from "../../http/protocol.ts";
import { encodeMessages } from "../openai-compatible/openai-messages.ts";
import { askHealth, findModel, introspection, listModels } from "../openai-compatible/openai-models.ts";
import { classifyLlamacpp } from "./llamacpp-classify.ts";
import { llamacppCapabilities, llamacppModelInfo, withProps } from "./llamacpp-describe.ts";
import { llamacppDialect } from "./llamacpp-dialect.ts";
import { encodeLlamacpp } from "./llamacpp-encode.ts";

export type { EndpointOptions } from "../../http/endpoint.ts";
export type { LlamacppRequestOptions } from "./llamacpp-options.ts";

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
}

const optionNames = { baseURL: 1, apiKey: 1, headers: 1, transport: 1 };

/** A provider for llama.cpp's llama-server, single model or router. Throws `invalid-request` for a wrong option. */
export function llamacpp(options: LlamacppOptions = {}): LlamacppProvider {
  checkOptions("llamacpp", options, optionNames);
  const endpoint = createEndpoint("llamacpp", options, {
    baseURL: "http://127.0.0.1:8080",
    prefix: (prefix) => prefix.replace(/\/v1$/, ""),
    classify: classifyLlamacpp,
  });
  const get = (path: string, signal?: AbortSignal) =>
    ask(endpoint, { method: "GET", path, signal, timeouts: introspection });
  // Without autoload=false a router would load the model only to describe it.
  const query = (model?: string) => (model === undefined ? "" : `?model=${encodeURIComponent(model)}&autoload=false`);
  const list = (signal?: AbortSignal) => listModels(endpoint, "/v1/models", signal);

  return {
    name: "llamacpp",
    transport: endpoint.transport,
    capabilities: llamacppCapabilities,
    ignoresModelName: true,
    send: (request, context) => converse(endpoint, encodeLlamacpp, request, context),
    models: async (signal) => (await list(signal)).map(llamacppModelInfo),
    async describe(model, signal) {
      const entries = await list(signal);
      const info = findModel(entries.map(llamacppModelInfo), model, "llamacpp");
      const state = objectOf(entries.find((entry) => entry["id"] === info.id)?.["status"])["value"];
      if (state !== undefined && state !== "loaded") return info; // a router's model that is not loaded has no props
      return withProps(info, objectOf(await get(`/props${query(state === undefined ? undefined : info.id)}`, signal)));
    },
    health: (signal) => askHealth(endpoint, "/health", signal),
    props: async (model, signal) => objectOf(await get(`/props${query(model)}`, signal)),
    slots: async (model, signal) => arrayOf(await get(`/slots${query(model)}`, signal)).filter(isObject),
    async applyTemplate(messages, signal) {
      const body = { messages: encodeMessages(messages, llamacppDialect) };
      const reply = await ask(endpoint, {
        method: "POST",
        path: "/apply-template",
        body,
        signal,
        timeouts: introspection,
      });
      return stringOf(objectOf(reply)["prompt"]) ?? "";
    },
    close: () => endpoint.close(),
  };
}
