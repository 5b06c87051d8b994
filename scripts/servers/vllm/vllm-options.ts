import type { StartOptions } from "../start-options.ts";

/**
 * `chat` is SmolLM2 with a template that knows tools, served as `smollm2`; `embedding` is MiniLM, whose vectors mean
 * something, 384 wide, served as `minilm`; `classification` is MiniLM under random weights, served as `classifier`; `vision` is a Llava of random weights, 16 tokens a picture, served as `llava`;
 * `speech` is Whisper base, which hears, served as `whisper`.
 */
export type VllmModel = "chat" | "embedding" | "classification" | "vision" | "speech";

/** `readyTimeoutMs` is 300 s by default: a start takes 40 to 200 s. */
export interface VllmOptions extends StartOptions {
  /** Default `chat`. */
  model?: VllmModel | undefined;
  apiKey?: string | undefined;
  /** Serve a LoRA adapter of random weights too, as `smollm2-lora`. For `chat` only. */
  lora?: boolean | undefined;
  /** Open the routes for developers, such as `/server_info`. */
  devMode?: boolean | undefined;
  /** Further command line arguments. */
  args?: readonly string[] | undefined;
  /** Variables such as `VLLM_LOGGING_LEVEL`. Those of this process that start with `VLLM_` do not count. */
  env?: Readonly<Record<string, string>> | undefined;
}
