import type { StartOptions } from "../start-options.ts";

/** `readyTimeoutMs` is 120 s by default. */
export interface LlamaServerOptions extends StartOptions {
  /** Tokens of context for all slots together. Default 4096. */
  contextLength?: number | undefined;
  /** Slots: requests served at once; each has its share of the context. Default 2. */
  parallel?: number | undefined;
  /** Serve embeddings, pooled by mean. Excludes `reranking`. */
  embeddings?: boolean | undefined;
  /** Serve reranking. Excludes `embeddings`. */
  reranking?: boolean | undefined;
  apiKey?: string | undefined;
  /** The name that the model answers to. Default `smollm2`. */
  alias?: string | undefined;
  /** A Jinja template in place of the model's own. */
  chatTemplateFile?: string | undefined;
  /** A GGUF file in place of SmolLM2-135M-Instruct. */
  modelPath?: string | undefined;
  /** Model metadata to override, as `--override-kv` writes it: `{ "tokenizer.ggml.add_bos_token": "bool:false" }`. Binary only. */
  kvOverrides?: Readonly<Record<string, string>> | undefined;
  /** What the options above do not say, for each kind of server in its own terms. It must name the kind that runs. */
  extra?:
    | {
        /** Command line arguments. */
        readonly binary?: readonly string[];
        /** Fields of `CommonParams`; an object sets fields of a field, an enumeration's value is its name. */
        readonly xllamacpp?: Readonly<Record<string, unknown>>;
      }
    | undefined;
  /** A llama-server program, or `xllamacpp` for the prebuilt one. Default: INHOUSE_LLAMA_SERVER, else the best that is found. */
  server?: string | undefined;
}
