import { join } from "node:path";

/** The variables of an Ollama that is ours: none of the user's settings, and a home in the cache for its key pair. */
export function ollamaEnvironment(
  cache: string,
  store: string,
  extra: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("OLLAMA_"));
  return {
    ...Object.fromEntries(kept),
    HOME: join(cache, "ollama-home"),
    OLLAMA_HOST: "127.0.0.1:0",
    OLLAMA_MODELS: store,
    // A server that starts would remove the blobs of a model that another one creates.
    OLLAMA_NOPRUNE: "1",
    // Its llama-servers read this one. With more threads than free cores the speed is erratic.
    LLAMA_ARG_THREADS: "1",
    ...extra,
  };
}
