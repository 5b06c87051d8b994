import { ask, send, type Endpoint, type EndpointRequest } from "../../http/endpoint.ts";
import { encodeLoadOptions, type OllamaRunnerOptions } from "./ollama-options.ts";

/** Options of `load`. */
export interface OllamaLoadOptions extends OllamaRunnerOptions {
  /** How long the model stays: seconds or `"5m"`; -1 for ever. Default: the server's, 5 minutes from its last use. */
  readonly keepAlive?: number | string;
}

/** Copying and deleting are done at once, loading may take minutes. */
const timeouts = { connectMs: 5_000 };

/** `POST /api/copy`. */
export function copy(endpoint: Endpoint, source: string, destination: string, signal?: AbortSignal): Promise<void> {
  return order(endpoint, { method: "POST", path: "/api/copy", body: { source, destination }, signal });
}

/** `DELETE /api/delete`. */
export function remove(endpoint: Endpoint, model: string, signal?: AbortSignal): Promise<void> {
  return order(endpoint, { method: "DELETE", path: "/api/delete", body: { model }, signal });
}

/** Loads a model by an embedding of nothing: `/api/generate` loads none that only embeds (0.34.2). */
export async function load(
  endpoint: Endpoint,
  model: string,
  loadOptions: OllamaLoadOptions = {},
  signal?: AbortSignal,
): Promise<void> {
  const { body, options } = encodeLoadOptions(loadOptions);
  const nothing = { model, input: [], options, ...body };
  await ask(endpoint, { method: "POST", path: "/api/embed", body: nothing, signal, timeouts });
}

/** Unloads a model, if it is loaded: an embedding of nothing would load it first. */
export async function unload(endpoint: Endpoint, model: string, signal?: AbortSignal): Promise<void> {
  const body = { model, keep_alive: 0, stream: false };
  await ask(endpoint, { method: "POST", path: "/api/generate", body, signal, timeouts });
}

/** A request whose reply says nothing but its status. */
async function order(endpoint: Endpoint, request: EndpointRequest): Promise<void> {
  (await send(endpoint, { timeouts, ...request })).release();
}
