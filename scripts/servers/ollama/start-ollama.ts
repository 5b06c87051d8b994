import { cacheFolder } from "../cache.ts";
import { type RunningServer, startPrepared } from "../running-server.ts";
import { ollamaEnvironment } from "./ollama-environment.ts";
import type { OllamaOptions } from "./ollama-options.ts";
import { ollamaPlan } from "./ollama-plan.ts";
import { ownStore, sharedStore } from "./ollama-store.ts";
import { prepareOllama } from "./prepare-ollama.ts";

/** Prepares what is missing, starts an Ollama on a free port, and resolves when it is ready. */
export async function startOllama(options: OllamaOptions = {}): Promise<RunningServer> {
  const { readyTimeoutMs = 30_000, onProgress, signal } = options;
  const { program, models } = await prepareOllama(options);
  const cache = cacheFolder();
  const own = options.store === "own" ? await ownStore(cache, models) : undefined;
  const env = ollamaEnvironment(cache, own ?? sharedStore(cache), options.env);
  onProgress?.(`starting Ollama ${program.version}`);
  return await startPrepared(ollamaPlan(program, models[0] ?? "", env, own), { readyTimeoutMs, signal });
}
