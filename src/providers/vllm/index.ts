import { checkOptions } from "../../core/check-options.ts";
import { lazyHandler } from "../../core/lazy-handler.ts";
import type { Provider } from "../../core/provider.ts";
import { createEndpoint, type EndpointOptions } from "../../http/endpoint.ts";
import type { JsonObject } from "../../http/json.ts";
import type { VllmAdapters } from "./vllm-adapters.ts";
import { vllmCapabilities } from "./vllm-capabilities.ts";
import { vllmDialect } from "./vllm-dialect.ts";
import { vllmMedia } from "./vllm-media.ts";
import type { VllmMetrics } from "./vllm-metrics.ts";
import type { Pooled, PoolingInput, ScoreInput } from "./vllm-pooling.ts";

export type { EndpointOptions } from "../../http/endpoint.ts";
export type { LoadedAdapter, LoraAdapter, VllmAdapters } from "./vllm-adapters.ts";
export type { MetricSample, VllmMetrics } from "./vllm-metrics.ts";
export type { StructuredOutputs, VllmRequestOptions } from "./vllm-options.ts";
export type { Pooled, PoolingInput, ScoreInput } from "./vllm-pooling.ts";

/** Options of `vllm`. */
export interface VllmOptions extends EndpointOptions {
  /** Where vLLM listens, with or without `/v1`; a `--root-path` belongs to it. Default `http://127.0.0.1:8000`. */
  readonly baseURL?: string;
}

/** The provider of vLLM, with what only vLLM has; these calls go past the client's policies. */
export interface VllmProvider extends Provider {
  /** `POST /score`: how well each document answers its query; the scale is the model's own. */
  score(input: ScoreInput, signal?: AbortSignal): Promise<readonly number[]>;
  /** `POST /pooling`: what the model makes of each input, before any reading of it. */
  pool(input: PoolingInput, signal?: AbortSignal): Promise<readonly Pooled[]>;
  /** `GET /metrics`: every metric, and the few that tell how busy the server is. */
  metrics(signal?: AbortSignal): Promise<VllmMetrics>;
  /** `GET /load`: requests at work; always 0 without the server's `--enable-server-load-tracking`. */
  load(signal?: AbortSignal): Promise<number>;
  /** `GET /server_info`: how it is set up. Rejects with `unsupported` outside of the server's developer mode. */
  serverInfo(signal?: AbortSignal): Promise<JsonObject>;
  /** `GET /version`, such as `0.32.0`. */
  version(signal?: AbortSignal): Promise<string>;
  /** Its LoRA adapters: `list`, `load`, `unload`. */
  readonly adapters: VllmAdapters;
}

const optionNames = { baseURL: 1, apiKey: 1, headers: 1, transport: 1, policy: 1 };

/** A provider for vLLM. Throws `invalid-request` for a wrong option. */
export function vllm(options: VllmOptions = {}): VllmProvider {
  checkOptions("vllm", options, optionNames);
  const endpoint = createEndpoint("vllm", options, {
    baseURL: "http://127.0.0.1:8000",
    prefix: (prefix) => prefix.replace(/\/v1$/, ""),
    classify: vllmDialect.classify,
  });
  /** What is asked about the server beside its calls, loaded when it is first asked. */
  const introspection = () => import("./vllm-introspection.ts");
  const pooling = () => import("./vllm-pooling.ts");
  const lora = () => import("./vllm-adapters.ts");

  return {
    name: "vllm",
    transport: endpoint.transport,
    capabilities: vllmCapabilities,
    media: vllmMedia,
    send: lazyHandler(async () => (await import("./vllm-handler.ts")).vllmHandler(endpoint)),
    models: async (signal) => (await introspection()).listVllm(endpoint, signal),
    describe: async (model, signal) => (await introspection()).describeVllm(endpoint, model, signal),
    measure: async (...prompt) => (await import("./vllm-measure.ts")).measureVllm(endpoint, ...prompt),
    health: async (signal) => (await import("./vllm-health.ts")).vllmHealth(endpoint, signal),
    score: async (input, signal) => (await pooling()).score(endpoint, input, signal),
    pool: async (input, signal) => (await pooling()).pool(endpoint, input, signal),
    metrics: async (signal) => (await introspection()).metrics(endpoint, signal),
    load: async (signal) => (await introspection()).load(endpoint, signal),
    serverInfo: async (signal) => (await introspection()).serverInfo(endpoint, signal),
    version: async (signal) => (await introspection()).version(endpoint, signal),
    adapters: {
      list: async (signal) => (await lora()).listLora(endpoint, signal),
      load: async (adapter, signal) => (await lora()).loadLora(endpoint, adapter, signal),
      unload: async (name, signal) => (await lora()).unloadLora(endpoint, name, signal),
    },
    close: () => endpoint.close(),
  };
}
