import { type RunningServer, startPrepared } from "../running-server.ts";
import { planBinary } from "./binary.ts";
import { llamaPlan } from "./llama-plan.ts";
import type { LlamaServerOptions } from "./llama-server-options.ts";
import { prepareLlamaServer } from "./prepare-llama-server.ts";
import { planXllamacpp } from "./xllamacpp.ts";

/** Prepares what is missing, starts a llama-server on a free port, and resolves when it is ready. */
export async function startLlamaServer(options: LlamaServerOptions = {}): Promise<RunningServer> {
  const { extra, readyTimeoutMs = 120_000, onProgress, signal } = options;
  if (options.embeddings && options.reranking) {
    throw new TypeError("One llama-server pools for embeddings or for reranking, not for both: start two.");
  }
  const { server, model } = await prepareLlamaServer(options);
  if (extra !== undefined && extra[server.kind] === undefined) {
    throw new TypeError(`The option extra says nothing for ${server.kind}, which is the server that runs here.`);
  }
  const command =
    server.kind === "binary" ? planBinary(server, model, options) : await planXllamacpp(server, model, options);
  onProgress?.(`starting llama.cpp ${command.version} (${server.kind})`);
  return await startPrepared(llamaPlan(command, options), { readyTimeoutMs, signal });
}
