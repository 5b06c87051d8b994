import type { AttemptFailure } from "./attempt.ts";
import type { HealthStatus } from "./health.ts";
import type { TokenLogprobs } from "./logprobs.ts";
import type { FinishReason, ServerTimings, Usage, Warning } from "./result.ts";
import type { SpokenSegment, SpokenWord } from "./transcript.ts";

/** The reply has begun: the server accepted the request. It comes with the first of what follows it. */
export interface StartEvent {
  readonly type: "start";
  /** The server's name for this reply, from a header; many send none. */
  readonly requestId?: string;
  /** The HTTP status, where the provider speaks HTTP. */
  readonly status?: number;
  /** How many of the oldest messages `context: "trim"` left out, if any. */
  readonly droppedMessages?: number;
}

/** More of the answer's text. */
export interface TextDeltaEvent {
  readonly type: "text-delta";
  /** Which of the `n` answers; 0 unless more than one was asked for. */
  readonly choice: number;
  readonly text: string;
}

/** More of the model's thinking. */
export interface ReasoningDeltaEvent {
  readonly type: "reasoning-delta";
  readonly choice: number;
  readonly text: string;
}

/** More of a tool call: its head (`id`, `name`) first, then pieces of the arguments' JSON text. */
export interface ToolCallDeltaEvent {
  readonly type: "tool-call-delta";
  readonly choice: number;
  /** Which call of the answer. */
  readonly index: number;
  readonly id?: string;
  readonly name?: string;
  readonly arguments: string;
}

/** A whole tool call. */
export interface ToolCallEvent {
  readonly type: "tool-call";
  readonly choice: number;
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** It came as text, or in the words of an error, and was read from there. */
  readonly recovered?: true;
}

/** Log probabilities of the tokens just generated. */
export interface LogprobsEvent {
  readonly type: "logprobs";
  readonly choice: number;
  readonly tokens: readonly TokenLogprobs[];
}

/** Log probabilities of the prompt's tokens; its first one has none and is left out. */
export interface PromptLogprobsEvent {
  readonly type: "prompt-logprobs";
  readonly tokens: readonly TokenLogprobs[];
}

/** The vector of one input. */
export interface EmbeddingEvent {
  readonly type: "embedding";
  /** Which input. */
  readonly index: number;
  readonly vector: readonly number[];
}

/** The score of one document. */
export interface RankingEvent {
  readonly type: "ranking";
  /** Which document. */
  readonly index: number;
  /** Higher is more relevant; the scale is the model's own. */
  readonly score: number;
}

/** The class of one input. */
export interface ClassificationEvent {
  readonly type: "classification";
  /** Which input. */
  readonly index: number;
  /** The likeliest class, by the model's name for it. */
  readonly label: string;
  /** The probability of each class, in the model's own order. */
  readonly scores: readonly number[];
}

/** A stretch of a recording and what is said in it; its text is part of what the text deltas say, too. */
export interface SegmentEvent extends SpokenSegment {
  readonly type: "segment";
}

/** Words of a recording with their times, where they come without segments. */
export interface WordsEvent {
  readonly type: "words";
  readonly words: readonly SpokenWord[];
}

/** What the server tells about a recording as a whole. */
export interface RecordingEvent {
  readonly type: "recording";
  /** The language that is spoken, as the server names it: a code or a name. */
  readonly language?: string;
  readonly durationMs?: number;
}

/** What only transcriptions have beside their text. */
export type HeardEvent = SegmentEvent | WordsEvent | RecordingEvent;

/** The tokens of a text. */
export interface TokensEvent {
  readonly type: "tokens";
  readonly tokens: readonly number[];
  /** The text of each token; a token that is no whole character is `\uFFFD`. */
  readonly pieces?: readonly string[];
}

/** Something the caller asked for was changed or left out. */
export interface WarningEvent {
  readonly type: "warning";
  readonly warning: Warning;
}

/**
 * A try failed, and this is the beginning of the next; nothing of the failed one was delivered. In a run of tools it also
 * stands between an answer that did not fit its output and the next, whose events begin anew.
 */
export interface RetryEvent {
  readonly type: "retry";
  readonly failure: AttemptFailure;
}

/**
 * The call is alive: it waits here for its turn (`queued`) or for a server that loads (`loading`), a prompt is being read
 * (`prompt`), or nothing has come for a while (`waiting`).
 */
export interface ProgressEvent {
  readonly type: "progress";
  readonly phase: "queued" | "loading" | "prompt" | "waiting";
  /** Which turn it has, the next one being 1 (`queued`); told at the beginning, and when it changed, once a second at the most. */
  readonly position?: number;
  /** Prompt tokens read so far, where the server tells. */
  readonly processedTokens?: number;
  /** Prompt tokens in all, where the server tells. */
  readonly totalTokens?: number;
  /** For how long nothing has come (`waiting`), or the call has waited for the server (`loading`). */
  readonly silentMs?: number;
  /** What the server's health check said meanwhile (`waiting`, `loading`). */
  readonly health?: HealthStatus;
  /** How much of the model has been loaded, where the server tells (`loading`): 0 to 1. */
  readonly progress?: number;
}

/** One parsed piece of the reply as the server sent it; only with `includeRaw`. */
export interface RawEvent {
  readonly type: "raw";
  readonly value: unknown;
}

/** The reply is complete. Always the last event, and only after it is everything known to be there. */
export interface FinishEvent {
  readonly type: "finish";
  /** One for each answer, in the order of `choice`. Empty where nothing is generated. */
  readonly finishReasons: readonly FinishReason[];
  /** The server's name of the model. */
  readonly model?: string;
  /** The server's id of the reply. */
  readonly responseId?: string;
  readonly usage?: Usage;
  readonly timings?: ServerTimings;
}

/**
 * A step of a reply. The grammar: one `start`, then any of the others, then one `finish` — or a throw at any point. What
 * comes of waiting (`progress`) may precede the start. An error is thrown and never an event.
 */
export type ModelEvent =
  | StartEvent
  | TextDeltaEvent
  | ReasoningDeltaEvent
  | ToolCallDeltaEvent
  | ToolCallEvent
  | LogprobsEvent
  | PromptLogprobsEvent
  | EmbeddingEvent
  | RankingEvent
  | ClassificationEvent
  | HeardEvent
  | TokensEvent
  | WarningEvent
  | RetryEvent
  | ProgressEvent
  | RawEvent
  | FinishEvent;

/** The events decoded from one read of the socket; never empty. */
export type Batch = readonly ModelEvent[];

/**
 * Whether an event commits the call: once the caller has seen part of an answer, the call is never sent again.
 * `start`, `warning`, `retry`, `progress` and `raw` do not commit.
 */
export function isContent(event: ModelEvent): boolean {
  switch (event.type) {
    case "start":
    case "warning":
    case "retry":
    case "progress":
    case "raw":
      return false;
    default:
      return true;
  }
}
