import { isInhouseError } from "../../core/error.ts";
import type { ModelInfo } from "../../core/provider.ts";
import { askJson, askText, type Endpoint } from "../../http/endpoint.ts";
import { numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";
import { wrong } from "../openai-compatible/openai-list-decode.ts";
import { findModel, introspection, listModels } from "../openai-compatible/openai-models.ts";
import { capabilitiesByRoutes, vllmCapabilities } from "./vllm-capabilities.ts";
import { vllmModels } from "./vllm-describe.ts";
import { parseMetrics, type VllmMetrics } from "./vllm-metrics.ts";
import { withRouteHint } from "./vllm-route-hint.ts";

/** The model and its LoRA adapters. */
export async function listVllm(endpoint: Endpoint, signal?: AbortSignal): Promise<readonly ModelInfo[]> {
  return vllmModels(await listModels(endpoint, "/v1/models", signal), vllmCapabilities);
}

/** One model, with what the routes tell of its task; without a name the one that vLLM serves, adapters apart. */
export async function describeVllm(endpoint: Endpoint, model?: string, signal?: AbortSignal): Promise<ModelInfo> {
  const [entries, routes] = await Promise.all([
    listModels(endpoint, "/v1/models", signal),
    mountedRoutes(endpoint, signal),
  ]);
  const models = vllmModels(entries, routes ? capabilitiesByRoutes(routes) : vllmCapabilities);
  return findModel(models, model ?? models[0]?.id, endpoint.provider);
}

/** The routes of `GET /openapi.json`; undefined where the server was started with `--disable-fastapi-docs`. */
async function mountedRoutes(endpoint: Endpoint, signal?: AbortSignal): Promise<ReadonlySet<string> | undefined> {
  try {
    const { paths } = objectOf(await get(endpoint, "/openapi.json", signal));
    return paths === undefined ? undefined : new Set(Object.keys(objectOf(paths)));
  } catch (error) {
    if (isInhouseError(error) && error.status !== undefined && error.status < 500) return undefined;
    throw error;
  }
}

/** `GET /version`. */
export async function version(endpoint: Endpoint, signal?: AbortSignal): Promise<string> {
  const told = stringOf(objectOf(await get(endpoint, "/version", signal))["version"]);
  if (told === undefined) throw wrong("no version");
  return told;
}

/** `GET /load`. */
export async function load(endpoint: Endpoint, signal?: AbortSignal): Promise<number> {
  const requests = numberOf(objectOf(await get(endpoint, "/load", signal))["server_load"]);
  if (requests === undefined) throw wrong("no load");
  return requests;
}

/** `GET /metrics`. */
export async function metrics(endpoint: Endpoint, signal?: AbortSignal): Promise<VllmMetrics> {
  return parseMetrics(await askText(endpoint, { method: "GET", path: "/metrics", signal, timeouts: introspection }));
}

/** `GET /server_info`. The first answer takes the server seconds, since it asks the machine about itself. */
export async function serverInfo(endpoint: Endpoint, signal?: AbortSignal): Promise<JsonObject> {
  const hint =
    "Start vLLM with VLLM_SERVER_DEV_MODE=1 in its environment: it opens routes that no stranger should reach.";
  const { connectMs } = introspection;
  const request = { method: "GET", path: "/server_info?config_format=json", signal, timeouts: { connectMs } } as const;
  return objectOf(await withRouteHint(hint, askJson(endpoint, request)));
}

function get(endpoint: Endpoint, path: string, signal?: AbortSignal): Promise<unknown> {
  return askJson(endpoint, { method: "GET", path, signal, timeouts: introspection });
}
