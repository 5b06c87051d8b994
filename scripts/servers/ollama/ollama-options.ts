import type { StartOptions } from "../start-options.ts";

/** What a model of SmolLM2's weights is made to do; `chat` is served as `smollm2`, the others as `smollm2-tools` and so on. */
export type OllamaModel = "chat" | "tools" | "thinking" | "embedding" | "vision";

/** `readyTimeoutMs` is 30 s by default. */
export interface OllamaOptions extends StartOptions {
  /** The models that are there. Default `["chat"]`. */
  models?: readonly OllamaModel[] | undefined;
  /**
   * Where the models lie. `shared`, the default: in the cache, with whatever models others have prepared there; not to
   * be changed. `own`: exactly the models asked for, for this server alone, and gone with it; creating and deleting harm
   * nobody.
   */
  store?: "shared" | "own" | undefined;
  /** Variables such as `OLLAMA_NUM_PARALLEL`. Those of this process that start with `OLLAMA_` do not count. */
  env?: Readonly<Record<string, string>> | undefined;
}
