/**
 * Real servers for development: examples, tests, recordings and benches. Not published.
 *
 * `startLlamaServer` always starts a server of its own, because its callers rely on its options, its log and its end.
 * Whoever is content with any server asks `findServers` first and starts one where it finds none; a server that
 * INHOUSE_LLAMACPP_URL names is therefore used by those callers only.
 */
import { planBinary } from "./binary.ts";
import type { LlamaServerOptions } from "./options.ts";
import { prepare, type Prepared } from "./prepare.ts";
import { launch, type RunningServer } from "./running-server.ts";
import { planXllamacpp } from "./xllamacpp.ts";

export { type FindOptions, findServers, type FoundServer } from "./find.ts";
export type { LlamaServerOptions } from "./options.ts";
export type { Prepared } from "./prepare.ts";
export type { Exit } from "./process.ts";
export type { RunningServer } from "./running-server.ts";
export { Unavailable } from "./unavailable.ts";

/** Finds a llama-server and a small model, and downloads what is missing into the cache folder. */
export function prepareLlamaServer(options: LlamaServerOptions = {}): Promise<Prepared> {
  return prepare(options);
}

/** Prepares what is missing, starts a llama-server on a free port, and resolves when it is ready. */
export async function startLlamaServer(options: LlamaServerOptions = {}): Promise<RunningServer> {
  const { extra, alias = "smollm2", apiKey, readyTimeoutMs = 120_000, onProgress, signal } = options;
  if (options.embeddings && options.reranking) {
    throw new TypeError("One llama-server pools for embeddings or for reranking, not for both: start two.");
  }
  const { server, model } = await prepare(options);
  if (extra !== undefined && extra[server.kind] === undefined) {
    throw new TypeError(`The option extra says nothing for ${server.kind}, which is the server that runs here.`);
  }
  const plan =
    server.kind === "binary" ? planBinary(server, model, options) : await planXllamacpp(server, model, options);
  onProgress?.(`starting llama.cpp ${plan.version} (${server.kind})`);
  return await launch({ ...plan, model: alias, apiKey, readyTimeoutMs, signal });
}
