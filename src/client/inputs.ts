import type { MediaFitting } from "../core/media-fitting.ts";
import type { Message, Part } from "../core/message.ts";
import type { Priority } from "../core/priority.ts";
import type { ContextPolicy, Reasoning } from "../core/request.ts";
import type { ResponseFormat } from "../core/response-format.ts";
import type { Sampling } from "../core/sampling.ts";
import type { ToolChoice, ToolDefinition, ToolStrategy } from "../core/tool.ts";

/** Time limits in milliseconds. An absent one has the client's value; `Infinity` switches one off. */
export interface TimeoutOptions {
  /** Until the connection stands. Default 5,000. */
  readonly connectMs?: number;
  /** Until the reply's headers are there. Default none: servers that queue or read a prompt send none for minutes. */
  readonly headersMs?: number;
  /** Until the first piece of content; a wait in the client's own queue does not count. Default none: a long prompt takes minutes to read. */
  readonly firstTokenMs?: number;
  /** Between two reads of a reply. Default 300,000. */
  readonly idleMs?: number;
  /** For a server that loads its model, all waits of a call together. Default 300,000; 0: fails at once with `not-ready`. */
  readonly readyMs?: number;
  /** For the call as a whole, retries and waits in the queue included. Default none. */
  readonly totalMs?: number;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; the server stops generating. */
  readonly signal?: AbortSignal;
  readonly timeout?: TimeoutOptions;
  /** Tries after the first. Default: the client's. */
  readonly maxRetries?: number;
  /**
   * Where the client has a `concurrency` limit: whether the call goes before others that wait, or takes its time. Of five
   * turns the batch gets one. Default `interactive`, for `embed()` too.
   */
  readonly priority?: Priority;
  /** Labels for policies and records; they do not reach the server. */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Headers of this call for the server, beside those of the provider or in place of them. What the client or HTTP writes
   * is refused: the key, the body's form, the connection, the request's id. Questions beside the call, such as what the
   * server's models are, go without. Their values are found in no error.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Name of the model. Default: the client's, else the only one that the server has. */
  readonly model?: string;
  /** Options that one provider alone has, under its name: `{ llamacpp: { slotId: 1 } }`. */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What the calls that generate text take. */
interface GenerationInput extends CallOptions, Omit<Sampling, "stop"> {
  readonly stop?: string | readonly string[];
  /** How many answers. Default 1. */
  readonly n?: number;
  /** Log probabilities: `true` for the chosen tokens, a number for that many alternatives as well. */
  readonly logprobs?: boolean | number;
  /** The same for the tokens of the prompt, where the server has it (vLLM). */
  readonly promptLogprobs?: boolean | number;
  /** A form that the answer must have; the server holds the model to it. */
  readonly responseFormat?: ResponseFormat;
  /** Deliver what the server sent as `raw` events, and in `result.raw`. Default false. */
  readonly includeRaw?: boolean;
}

/**
 * A file in a user's message: `image`, `audio` or `video` where you know what it must be, `file` for those, PDFs and texts
 * alike. Its content decides what it is, never its name. Exactly one of `data`, `path` and `url` is there.
 */
export interface MediaPartInput {
  readonly type: "image" | "audio" | "video" | "file";
  /** Its bytes: text is base64, or a `data:` URL; a stream is read once. */
  readonly data?: string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
  /** A file of this machine, in one of the folders of the client's `media.paths`. */
  readonly path?: string;
  /** Fetched by this client, never by the model's server, from one of the origins of its `media.urls`. */
  readonly url?: string;
  /** What the sender takes it for, such as `image/png`. */
  readonly mediaType?: string;
  /** For the model and for errors. Default: the name of its path. */
  readonly name?: string;
}

/** A user's message with files. */
export interface UserMessageInput {
  readonly role: "user";
  readonly content: string | readonly (Part | MediaPartInput | OpenAIContentPart)[];
  readonly name?: string;
}

/** A piece of a message as OpenAI's API has it. */
export type OpenAIContentPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image_url"; readonly image_url: { readonly url: string; readonly detail?: string } }
  | { readonly type: "input_audio"; readonly input_audio: { readonly data: string; readonly format?: string } }
  | { readonly type: "file"; readonly file: { readonly file_data: string; readonly filename?: string } };

/** A message as OpenAI's API has it; accepted as it is. */
export interface OpenAIMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content?: string | readonly OpenAIContentPart[] | null;
  readonly name?: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type?: "function";
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
  readonly reasoning_content?: string | null;
}

/** A tool as OpenAI's API has it; accepted as it is. */
export interface OpenAITool {
  readonly type: "function";
  readonly function: ToolDefinition;
}

/** What `chat()` takes. */
export interface ChatInput extends GenerationInput {
  /** The conversation, in either form; a string is one message of the user. */
  readonly messages: string | readonly (Message | UserMessageInput | OpenAIMessage)[];
  readonly tools?: readonly (ToolDefinition | OpenAITool)[];
  readonly toolChoice?: ToolChoice;
  /**
   * How the tools are brought to the model. Default: what holds on this server, by its capabilities. `schema` is for calls
   * that are required; where none is, it means `prompted`. What the server cannot do is refused (`unsupported`).
   */
  readonly toolStrategy?: ToolStrategy;
  /** Whether, or how much, the model thinks before it answers. Default: the server's. */
  readonly reasoning?: Reasoning;
  /**
   * What becomes of a conversation that does not fit into the window of its model, room for the answer included: `refuse`,
   * the default, fails with `context-length`; `trim` leaves the oldest turns out, with a warning and `droppedMessages`.
   */
  readonly context?: ContextPolicy;
  /** How its files are brought into the form that the model takes. Default: the client's `media`. */
  readonly media?: MediaFitting;
}

/** What `complete()` takes. */
export interface CompletionInput extends GenerationInput {
  /** Text to continue, or token ids of the model's vocabulary. */
  readonly prompt: string | readonly number[];
  /** Text that follows the gap to be filled in, for models that can. */
  readonly suffix?: string;
}

/** What `embed()` takes. */
export interface EmbeddingInput extends CallOptions {
  readonly input: string | readonly string[];
  /** Length of the vectors, where the model can shorten them. */
  readonly dimensions?: number;
  /** Most inputs in one request. Default 32. */
  readonly batchSize?: number;
  /** Most requests at a time. Default 4. */
  readonly concurrency?: number;
}

/** What `rerank()` takes. */
export interface RerankInput extends CallOptions {
  readonly query: string;
  readonly documents: readonly string[];
  /** Keep this many of the best. Default: all. */
  readonly topN?: number;
}

/** What `classify()` takes. */
export interface ClassificationInput extends CallOptions {
  readonly input: string | readonly string[];
}

/** What `tokenize()` takes: a text, or a conversation, which the server's chat template makes a prompt of first. */
export interface TokenizationInput extends CallOptions {
  readonly text?: string;
  readonly messages?: ChatInput["messages"];
  /** Add the tokens that open a sequence. Default false. */
  readonly addSpecial?: boolean;
  /** Return the text of each token too. Default false. */
  readonly withPieces?: boolean;
}

/** What `detokenize()` takes. */
export interface DetokenizationInput extends CallOptions {
  readonly tokens: readonly number[];
}
