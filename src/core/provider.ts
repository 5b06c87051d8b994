import type { Capabilities } from "./capability.ts";
import type { Handler } from "./handler.ts";
import type { Health } from "./health.ts";
import type { MediaSupport } from "./media-support.ts";
import type { ChatRequest, CompletionRequest } from "./request.ts";
import type { Transport } from "./transport.ts";

/** A model that a server offers. What the server does not tell is absent. */
export interface ModelInfo {
  readonly id: string;
  /** Other names that mean the same model. */
  readonly aliases: readonly string[];
  /** Tokens that one request may use, prompt and answer together: the window in force, not the model's own maximum. */
  readonly contextLength?: number;
  /** Tokens the model was trained for. */
  readonly trainedContextLength?: number;
  /** Length of its vectors. */
  readonly embeddingLength?: number;
  readonly parameterCount?: number;
  /** The quantization as the server names it, such as `Q4_K - Medium`. */
  readonly quantization?: string;
  readonly sizeBytes?: number;
  readonly capabilities: Capabilities;
}

/** What a server tells about a prompt before it generates. What it does not tell is absent. */
export interface PromptSize {
  /** Tokens of the prompt, those of the template and of the tools included, by the server's own tokenizer. */
  readonly promptTokens?: number;
  /** The window that this very request will have, where that is known without `describe()`. */
  readonly contextLength?: number;
  /** The caller allowed the server to cut the prompt. */
  readonly mayBeCut?: boolean;
}

/** A backend behind the common interface. A router is a provider, and so is a provider with policies around it. */
export interface Provider {
  /** Its name in errors and records; `providerOptions` are found under it. */
  readonly name: string;
  /** What it sends through, lent to the client for media; absent where nothing is sent. */
  readonly transport?: Transport;
  /** What models behind it can do before any server was asked. */
  readonly capabilities: Capabilities;
  /**
   * The server answers for any model name (llama-server with one model does), so a name is compared with `models()`
   * before a call. Default false: the server checks it.
   */
  readonly ignoresModelName?: boolean;
  /** In which form it takes pictures, sound and films. Absent: nothing is known, and media are sent as they are. */
  readonly media?: MediaSupport;
  /** Answers requests. */
  readonly send: Handler;
  /** The models on offer. */
  models(signal?: AbortSignal): Promise<readonly ModelInfo[]>;
  /** One model in detail; without a name, the only one. Rejects with `not-found`. */
  describe(model?: string, signal?: AbortSignal): Promise<ModelInfo>;
  /**
   * How long the prompt of a request is, and what it must fit into: one question to the server, or none. Absent where
   * there is nothing to be learned before the call. What cannot be counted exactly (pictures) is not counted.
   */
  measure?(request: ChatRequest | CompletionRequest, signal?: AbortSignal): Promise<PromptSize>;
  /** Asks how the server is. Rejects only when aborted: a server that cannot be reached is `down`. */
  health(signal?: AbortSignal): Promise<Health>;
  /**
   * Brings a model into memory without using it, so that the next call need not wait for that. Absent where models are in
   * memory once the server is ready, or come there only by being used. Rejects with `not-found`.
   */
  preload?(model: string, signal?: AbortSignal): Promise<void>;
  /** Closes its connections. */
  close(): Promise<void>;
}
