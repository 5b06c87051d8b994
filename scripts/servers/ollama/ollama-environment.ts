import { join } from "node:path";

import { serverEnvironment } from "../../../src/deploy/launch/server-environment.ts";
import { ollamaServer } from "../../../src/providers/ollama/ollama-server.ts";

/** The variables of an Ollama that is ours: none of the user's settings, and a home in the cache for its key pair. */
export function ollamaEnvironment(
  cache: string,
  store: string,
  extra: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const added = {
    HOME: join(cache, "ollama-home"),
    OLLAMA_HOST: "127.0.0.1:0",
    OLLAMA_MODELS: store,
    // A server that starts would remove the blobs of a model that another one creates.
    OLLAMA_NOPRUNE: "1",
    // Its llama-servers read this one. With more threads than free cores the speed is erratic.
    LLAMA_ARG_THREADS: "1",
    ...extra,
  };
  return serverEnvironment({ env: process.env, ownVariables: ollamaServer.ownVariables, offline: false, added });
}
