import type { MediaFitting } from "./media-fitting.ts";
import type { Message } from "./message.ts";
import type { ResponseFormat } from "./response-format.ts";
import type { Sampling } from "./sampling.ts";
import type { ToolChoice, ToolDefinition, ToolStrategy } from "./tool.ts";

/** What every request has. */
interface RequestBase {
  /** Name of the model as the server knows it. Default: the only one it serves. */
  readonly model?: string;
  /** Options that one provider alone has, under that provider's name; each provider refuses keys that it does not know. */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What the two kinds that generate text share. */
interface GenerationBase extends RequestBase {
  readonly sampling: Sampling;
  /** How many answers to generate. Default 1. */
  readonly n?: number;
  /** Log probabilities: `true` for the chosen tokens, a number for that many alternatives as well. */
  readonly logprobs?: boolean | number;
  /** The same for the tokens of the prompt. */
  readonly promptLogprobs?: boolean | number;
  /** A form that the answer must have. Default: text as the model likes. */
  readonly responseFormat?: ResponseFormat;
  /** The caller wants deltas. Some servers are asked to stream all the same: a dialect decides that. */
  readonly stream: boolean;
  /** Deliver what the server sent, parsed, as `raw` events too. */
  readonly includeRaw?: boolean;
}

/** Continue a conversation. */
export interface ChatRequest extends GenerationBase {
  readonly kind: "chat";
  /** At least one. */
  readonly messages: readonly Message[];
  readonly tools?: readonly ToolDefinition[];
  readonly toolChoice?: ToolChoice;
  /** How the tools are brought to the model. Default: what holds on this server, by its capabilities. */
  readonly toolStrategy?: ToolStrategy;
  /** Whether, or how much, the model thinks before it answers. Default: the server's. */
  readonly reasoning?: Reasoning;
  /** What becomes of a conversation that does not fit. Default `refuse`. */
  readonly context?: ContextPolicy;
  /** How its files are brought into the form that the model takes. Default: the client's. */
  readonly media?: MediaFitting;
}

/**
 * What becomes of a conversation that does not fit into the window of its model: `refuse` fails with `context-length`,
 * `trim` leaves the oldest turns out, never the system messages, never the last turn of the user, never half a tool exchange.
 */
export type ContextPolicy = "refuse" | "trim";

/** Think or not; think this much, where the model knows degrees; or this long, where the server ends the thinking. */
export type Reasoning = boolean | ReasoningEffort | ReasoningBudget;

/** A degree of thinking; what it means is the model's own matter. */
export type ReasoningEffort = "low" | "medium" | "high";

/** A bound on thinking. */
export interface ReasoningBudget {
  /** Most tokens of thinking, at least 1; then the server has the model answer. */
  readonly maxTokens: number;
}

/** Continue a text; with `suffix`, fill in the middle. */
export interface CompletionRequest extends GenerationBase {
  readonly kind: "completion";
  /** Text, or token ids of the model's own vocabulary. */
  readonly prompt: string | readonly number[];
  /** Text that follows the gap to be filled in (infill). */
  readonly suffix?: string;
}

/** Turn texts into vectors. */
export interface EmbeddingRequest extends RequestBase {
  readonly kind: "embedding";
  readonly inputs: readonly string[];
  /** Length of the vectors wanted, where the model can shorten them. */
  readonly dimensions?: number;
}

/** Order documents by how well they answer a query. */
export interface RerankRequest extends RequestBase {
  readonly kind: "rerank";
  readonly query: string;
  readonly documents: readonly string[];
  /** Keep this many of the best. Default: all. */
  readonly topN?: number;
}

/** Sort texts into the classes that the model was trained for. */
export interface ClassificationRequest extends RequestBase {
  readonly kind: "classification";
  readonly inputs: readonly string[];
}

/** Write down what is said in a recording. */
export interface TranscriptionRequest extends RequestBase {
  readonly kind: "transcription";
  /** The recording, as a file in a form that the server reads. */
  readonly audio: Uint8Array;
  /** Its IANA media type, such as `audio/wav`. */
  readonly mediaType: string;
  /** Its name; some servers go by the ending. */
  readonly fileName: string;
  /** The language that is spoken, as ISO 639-1 has it. Default: the server finds out. */
  readonly language?: string;
  /** Text in the manner wanted, or what was said just before; models go by it in spelling and style. */
  readonly prompt?: string;
  readonly temperature?: number;
  /** Times to be told with the text. Default: none. */
  readonly timestamps?: "segment" | "word";
  /** The caller wants deltas, where the server has them. */
  readonly stream: boolean;
}

/** Split text, or the prompt that a conversation becomes, into the model's tokens. */
export interface TokenizationRequest extends RequestBase {
  readonly kind: "tokenization";
  /** Exactly one of `text` and `messages` is there. */
  readonly text?: string;
  readonly messages?: readonly Message[];
  /** Add the tokens that open a sequence (BOS). Default false. */
  readonly addSpecial?: boolean;
  /** Return the text of each token too. Default false. */
  readonly withPieces?: boolean;
}

/** Join tokens into text again. */
export interface DetokenizationRequest extends RequestBase {
  readonly kind: "detokenization";
  readonly tokens: readonly number[];
}

/** A model call, as a frozen value: all that policies and providers need to know about it. */
export type ModelRequest =
  | ChatRequest
  | CompletionRequest
  | EmbeddingRequest
  | RerankRequest
  | ClassificationRequest
  | TranscriptionRequest
  | TokenizationRequest
  | DetokenizationRequest;

/** The operations a model can be asked for. */
export type RequestKind = ModelRequest["kind"];
