import type { AnalysisCheckpoint } from "./analysis-checkpoint.ts";
import type { AttemptFailure } from "./attempt.ts";
import type { TokenLogprobs } from "./logprobs.ts";
import type { AssistantMessage, ToolCall } from "./message.ts";
import type { SpokenSegment, SpokenWord, TranscriptionCheckpoint } from "./transcript.ts";

/**
 * Why generation ended: at a natural end or stop text (`stop`), at a token limit or a full context (`length`), to call
 * tools (`tool-calls`), by a filter (`content-filter`), or for a reason the server does not tell (`unknown`).
 */
export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "unknown";

/** Tokens, as the server counted them. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** How many of the input tokens came from the server's prompt cache. */
  readonly cachedInputTokens?: number;
  /** How many of the output tokens were thinking. */
  readonly reasoningTokens?: number;
}

/** Times that the server measured. */
export interface ServerTimings {
  /** Reading the prompt, in milliseconds. */
  readonly promptMs?: number;
  /** Generating, in milliseconds. */
  readonly generationMs?: number;
  readonly promptTokensPerSecond?: number;
  readonly outputTokensPerSecond?: number;
}

/** Times that the client measured, on a monotonic clock. */
export interface ClientTimings {
  /** The whole call, retries and waiting included, in milliseconds. */
  readonly totalMs: number;
  /** Of that, how long the call waited for its turn in the client's own queue, where it did. */
  readonly queuedMs?: number;
  /** From the call to the first piece of content, the wait in the queue included, in milliseconds. */
  readonly firstTokenMs?: number;
  /** Output tokens after the first per second since it came; needs the server's count. */
  readonly tokensPerSecond?: number;
}

/** Something asked for that was changed or left out, and why. */
export interface Warning {
  /** The option concerned, such as `sampling.topK`. */
  readonly option: string;
  readonly message: string;
}

/** What every result has. */
export interface ResultBase {
  /** The server's name of the model that answered. */
  readonly model?: string;
  /** The call's id, made here: the same through all retries, sent as `X-Request-Id`. */
  readonly callId: string;
  /** The server's id of the request or reply, where it sends one. */
  readonly requestId?: string;
  readonly usage?: Usage;
  readonly serverTimings?: ServerTimings;
  readonly timings: ClientTimings;
  readonly warnings: readonly Warning[];
  /** The tries that failed before this one. */
  readonly failedAttempts: readonly AttemptFailure[];
  /** What the server sent, parsed, piece by piece; empty without `includeRaw`. */
  readonly raw: readonly unknown[];
}

/** What the answers of a model that generates text have beside their choices. */
interface GenerationResult extends ResultBase {
  /** Log probabilities of the prompt's tokens but the first; empty unless asked for. */
  readonly promptLogprobs: readonly TokenLogprobs[];
}

/** One of the `n` answers. */
export interface Choice {
  readonly text: string;
  /** The model's thinking, apart from its answer; empty where there was none. */
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  /** How many of them came as text, or in the words of an error, and were read from there: 0 where the server does its part. */
  readonly recoveredToolCalls: number;
  readonly finishReason: FinishReason;
  /** Log probabilities of the generated tokens; empty unless asked for. */
  readonly logprobs: readonly TokenLogprobs[];
}

/** The answer to a chat call; its own `text`, `reasoning` … are those of the first choice. */
export interface ChatResult extends GenerationResult, Choice {
  readonly choices: readonly Choice[];
  /** How many of the oldest messages `context: "trim"` left out; absent where all were sent. */
  readonly droppedMessages?: number;
  /** The first choice as a message, ready to be appended to the conversation. */
  readonly message: AssistantMessage;
}

/** The answer to a chat call that had to fit a schema. */
export interface StructuredResult<Output> extends ChatResult {
  /** The answer as a value, validated here; defaults and transformations of the schema are in it. */
  readonly output: Output;
}

/** One of the `n` continuations. */
export type CompletionChoice = Omit<Choice, "toolCalls" | "recoveredToolCalls" | "reasoning">;

/** The answer to a completion call. */
export interface CompletionResult extends GenerationResult, CompletionChoice {
  readonly choices: readonly CompletionChoice[];
}

/** Vectors, one for each input, in the order of the inputs. */
export interface EmbeddingResult extends ResultBase {
  readonly embeddings: readonly (readonly number[])[];
}

/** Documents by relevance, best first. */
export interface RerankResult extends ResultBase {
  readonly results: readonly { readonly index: number; readonly score: number; readonly document: string }[];
}

/** The class of each input, in the order of the inputs. */
export interface ClassificationResult extends ResultBase {
  readonly classifications: readonly { readonly label: string; readonly scores: readonly number[] }[];
}

/** What is said in a recording. */
export interface TranscriptionResult extends ResultBase {
  readonly text: string;
  /** In their order, with times in the whole recording; empty unless asked for, and where the server tells none. */
  readonly segments: readonly SpokenSegment[];
  /** All words with their times, where the server tells them. */
  readonly words?: readonly SpokenWord[];
  /** The language, as the server names it. */
  readonly language?: string;
  /** How long the recording is, where that is known. */
  readonly durationMs?: number;
}

/** The tokens of a text. */
export interface TokenizationResult extends ResultBase {
  readonly tokens: readonly number[];
  /** The text of each token, with `withPieces`. */
  readonly pieces?: readonly string[];
}

/** The text of tokens. */
export interface DetokenizationResult extends ResultBase {
  readonly text: string;
}

/** What was received before an error; nothing that came is lost. */
export interface PartialReply {
  readonly text: string;
  readonly reasoning: string;
  /** Whole calls only. */
  readonly toolCalls: readonly ToolCall[];
  /** What the text says as a value, as far as it came or although it does not fit, where it had to fit a schema. */
  readonly output?: unknown;
  /** The segments of a recording that came, where they were asked for. */
  readonly segments?: readonly SpokenSegment[];
  /** What has been transcribed of a long recording; given to `transcribe()`, it goes on from there. */
  readonly checkpoint?: TranscriptionCheckpoint;
  /** What an analysis had done; given to `analyze()` as `resume`, it goes on from there. */
  readonly analysis?: AnalysisCheckpoint;
}
