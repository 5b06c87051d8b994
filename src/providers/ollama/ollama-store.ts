import { isInhouseError } from "../../core/error.ts";
import { askJson, askText, type Endpoint, type EndpointRequest } from "../../http/endpoint.ts";
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

/**
 * Loads a model by generating from nothing or, where it only embeds, by embedding nothing. `shift` belongs to how a model
 * is loaded (0.34.2): what the calls send is sent here too, or the first one would load it again.
 */
export async function load(
  endpoint: Endpoint,
  model: string,
  loadOptions: OllamaLoadOptions = {},
  signal?: AbortSignal,
): Promise<void> {
  const { body, options } = encodeLoadOptions(loadOptions);
  const request = { model, options, ...body };
  try {
    await question(endpoint, "/api/generate", { ...request, stream: false, shift: false }, signal);
  } catch (error) {
    if (!isInhouseError(error) || error.code !== "unsupported") throw error;
    await question(endpoint, "/api/embed", { ...request, input: [] }, signal);
  }
}

/** Unloads a model, if it is loaded, whatever it can do. */
export async function unload(endpoint: Endpoint, model: string, signal?: AbortSignal): Promise<void> {
  await question(endpoint, "/api/generate", { model, keep_alive: 0, stream: false }, signal);
}

async function question(endpoint: Endpoint, path: string, body: object, signal?: AbortSignal): Promise<void> {
  await askJson(endpoint, { method: "POST", path, body, signal, timeouts });
}

/** A request whose reply says nothing but its status. */
async function order(endpoint: Endpoint, request: EndpointRequest): Promise<void> {
  await askText(endpoint, { timeouts, ...request });
}
