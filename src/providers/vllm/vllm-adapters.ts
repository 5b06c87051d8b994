import { checkOptions } from "../../core/check-options.ts";
import { askText, type Endpoint } from "../../http/endpoint.ts";
import { stringOf } from "../../http/json.ts";
import { listModels } from "../openai-compatible/openai-models.ts";
import { withRouteHint } from "./vllm-route-hint.ts";

/** A LoRA adapter in the server's own file system. */
export interface LoraAdapter {
  /** The name under which it is asked, as `model`. */
  readonly name: string;
  readonly path: string;
  /** Replace the adapter of that name. Default false: a name that is taken is refused. */
  readonly replace?: boolean;
}

/** A LoRA adapter that vLLM has loaded. */
export interface LoadedAdapter {
  /** As `model` takes it. */
  readonly name: string;
  /** Where the server has it. */
  readonly path?: string;
  /** The model that it adapts. */
  readonly base: string;
}

/** The LoRA adapters of a vLLM. A request chooses one by its name, as `model`. */
export interface VllmAdapters {
  /** What of `GET /v1/models` has a `parent`. */
  list(signal?: AbortSignal): Promise<readonly LoadedAdapter[]>;
  /** Loads one. Rejects with `unsupported` where the server allows none at run time, `not-found` for a path that it lacks. */
  load(adapter: LoraAdapter, signal?: AbortSignal): Promise<void>;
  /** Takes one away. Rejects with `not-found`. */
  unload(name: string, signal?: AbortSignal): Promise<void>;
}

const adapterNames: Record<keyof LoraAdapter, 1> = { name: 1, path: 1, replace: 1 };
const hint = "Start vLLM with --enable-lora, and with VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 in its environment.";

/** What of `GET /v1/models` has a `parent`. */
export async function listLora(endpoint: Endpoint, signal?: AbortSignal): Promise<readonly LoadedAdapter[]> {
  const entries = await listModels(endpoint, "/v1/models", signal);
  return entries.flatMap((entry) => {
    const name = stringOf(entry["id"]);
    const base = stringOf(entry["parent"]);
    const path = stringOf(entry["root"]);
    if (name === undefined || base === undefined) return [];
    return [{ name, base, ...(path === undefined ? {} : { path }) }];
  });
}

/** `POST /v1/load_lora_adapter`; no time limit but that of the connection, since weights are read. */
export async function loadLora(endpoint: Endpoint, adapter: LoraAdapter, signal?: AbortSignal): Promise<void> {
  checkOptions("adapters.load", adapter, adapterNames);
  const { name, path, replace } = adapter;
  const body = { lora_name: name, lora_path: path, load_inplace: replace };
  await withRouteHint(hint, askText(endpoint, { ...request, path: "/v1/load_lora_adapter", body, signal }));
}

/** `POST /v1/unload_lora_adapter`. */
export async function unloadLora(endpoint: Endpoint, name: string, signal?: AbortSignal): Promise<void> {
  const body = { lora_name: name };
  await withRouteHint(hint, askText(endpoint, { ...request, path: "/v1/unload_lora_adapter", body, signal }));
}

const request = { method: "POST", timeouts: { connectMs: 5_000 } } as const;
