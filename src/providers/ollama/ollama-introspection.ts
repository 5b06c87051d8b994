import { InhouseError, isInhouseError } from "../../core/error.ts";
import type { ModelInfo } from "../../core/provider.ts";
import { askJson, type Endpoint } from "../../http/endpoint.ts";
import { isObject, numbersOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";
import { findModel, introspection } from "../openai-compatible/openai-models.ts";
import { ollamaModelInfo, withShow } from "./ollama-describe.ts";

/** A model in memory, as `GET /api/ps` tells. */
export interface OllamaRunningModel {
  readonly model: string;
  /** SHA-256 of its manifest. */
  readonly digest: string;
  /** Memory that it takes, context included. */
  readonly sizeBytes?: number;
  /** How much of that is GPU memory; 0 on the CPU. */
  readonly gpuBytes?: number;
  /** The context in force. */
  readonly contextLength?: number;
  /** When it is unloaded unless it is used; a date far away where `keepAlive` is for ever. */
  readonly expiresAt?: Date;
}

/** The models in the server's store. */
export async function listOllama(endpoint: Endpoint, signal?: AbortSignal): Promise<readonly ModelInfo[]> {
  return (await modelsAt(endpoint, "/api/tags", signal)).map(ollamaModelInfo);
}

/** One model, with what `/api/show` tells of it and, where it is loaded, `/api/ps`. */
export async function describeOllama(endpoint: Endpoint, model?: string, signal?: AbortSignal): Promise<ModelInfo> {
  const [list, loaded, named] = await Promise.all([
    listOllama(endpoint, signal),
    modelsAt(endpoint, "/api/ps", signal),
    model === undefined ? undefined : show(endpoint, model, signal).catch(unlessUnknown),
  ]);
  const info = findModel(list, model, endpoint.provider);
  const shown = named ?? (await show(endpoint, info.id, signal));
  return withShow(
    info,
    shown,
    loaded.find(({ name }) => name === info.id),
  );
}

/** Of a model that is not there, the list of those that are says more. */
function unlessUnknown(error: unknown): undefined {
  if (!isInhouseError(error) || error.code !== "not-found") throw error;
}

/** `POST /api/show`. */
export async function show(endpoint: Endpoint, model: string, signal?: AbortSignal): Promise<JsonObject> {
  const request = { method: "POST", path: "/api/show", body: { model }, signal, timeouts: introspection } as const;
  return objectOf(await askJson(endpoint, request));
}

/** `GET /api/ps`. */
export async function running(endpoint: Endpoint, signal?: AbortSignal): Promise<readonly OllamaRunningModel[]> {
  return (await modelsAt(endpoint, "/api/ps", signal)).map((entry) => {
    const expiresAt = new Date(stringOf(entry["expires_at"]) ?? "");
    return {
      model: stringOf(entry["name"]) ?? "",
      digest: stringOf(entry["digest"]) ?? "",
      ...numbersOf(entry, { sizeBytes: "size", gpuBytes: "size_vram", contextLength: "context_length" }),
      ...(Number.isNaN(expiresAt.getTime()) ? {} : { expiresAt }),
    };
  });
}

/** `GET /api/version`. */
export async function version(endpoint: Endpoint, signal?: AbortSignal): Promise<string> {
  const reply = await askJson(endpoint, { method: "GET", path: "/api/version", signal, timeouts: introspection });
  const told = stringOf(objectOf(reply)["version"]);
  if (told !== undefined) return told;
  throw new InhouseError("protocol", "The server sent no version.", { provider: endpoint.provider });
}

async function modelsAt(endpoint: Endpoint, path: string, signal?: AbortSignal): Promise<readonly JsonObject[]> {
  const list = objectOf(await askJson(endpoint, { method: "GET", path, signal, timeouts: introspection }))["models"];
  if (Array.isArray(list)) return list.filter(isObject);
  throw new InhouseError("protocol", `${endpoint.origin}${endpoint.prefix}${path} sent no list of models.`, {
    provider: endpoint.provider,
  });
}
