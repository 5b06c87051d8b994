import type { Message } from "../../core/message.ts";
import type { ModelInfo } from "../../core/provider.ts";
import { askJson, type Endpoint } from "../../http/endpoint.ts";
import { arrayOf, isObject, objectOf, stringOf, type JsonObject } from "../../http/json.ts";
import { encodeMessages } from "../openai-compatible/openai-messages.ts";
import { findModel, introspection, listModels } from "../openai-compatible/openai-models.ts";
import { llamacppModelInfo, withProps } from "./llamacpp-describe.ts";
import { llamacppDialect } from "./llamacpp-dialect.ts";

/** The models of the server, or of the router. */
export async function listLlamacpp(endpoint: Endpoint, signal?: AbortSignal): Promise<readonly ModelInfo[]> {
  return (await listModels(endpoint, "/v1/models", signal)).map(llamacppModelInfo);
}

/** One model, with what `/props` tells of it; a router's model that is not loaded has no props. */
export async function describeLlamacpp(endpoint: Endpoint, model?: string, signal?: AbortSignal): Promise<ModelInfo> {
  const [entries, told] = await Promise.all([
    listModels(endpoint, "/v1/models", signal),
    props(endpoint, model, signal).catch((error: unknown) => ({ error })),
  ]);
  const info = findModel(entries.map(llamacppModelInfo), model, endpoint.provider);
  const state = objectOf(entries.find((entry) => entry["id"] === info.id)?.["status"])["value"];
  if (state !== undefined && state !== "loaded") return info;
  if (state !== undefined && model === undefined) return withProps(info, await props(endpoint, info.id, signal));
  if ("error" in told) throw told.error;
  return withProps(info, told);
}

/** `GET /props`. */
export async function props(endpoint: Endpoint, model?: string, signal?: AbortSignal): Promise<JsonObject> {
  return objectOf(await get(endpoint, `/props${query(model)}`, signal));
}

/** `GET /slots`. */
export async function slots(endpoint: Endpoint, model?: string, signal?: AbortSignal): Promise<readonly JsonObject[]> {
  return arrayOf(await get(endpoint, `/slots${query(model)}`, signal)).filter(isObject);
}

/** `POST /apply-template`. */
export async function applyTemplate(
  endpoint: Endpoint,
  messages: readonly Message[],
  signal?: AbortSignal,
): Promise<string> {
  const body = { messages: encodeMessages(messages, llamacppDialect) };
  const reply = await askJson(endpoint, {
    method: "POST",
    path: "/apply-template",
    body,
    signal,
    timeouts: introspection,
  });
  return stringOf(objectOf(reply)["prompt"]) ?? "";
}

function get(endpoint: Endpoint, path: string, signal?: AbortSignal): Promise<unknown> {
  return askJson(endpoint, { method: "GET", path, signal, timeouts: introspection });
}

/** Without `autoload=false` a router would load the model only to describe it. */
function query(model?: string): string {
  return model === undefined ? "" : `?model=${encodeURIComponent(model)}&autoload=false`;
}
