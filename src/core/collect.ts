import type { AttemptFailure } from "./attempt.ts";
import type { Batch, ClassificationEvent, FinishEvent, HeardEvent, StartEvent } from "./event.ts";
import type { TokenLogprobs } from "./logprobs.ts";
import type { ToolCall } from "./message.ts";
import type { Choice, PartialReply, Warning } from "./result.ts";

/** What a reply's events add up to. */
export interface Collected {
  readonly start: StartEvent | undefined;
  readonly finish: FinishEvent | undefined;
  readonly choices: readonly Choice[];
  /** By input. */
  readonly vectors: readonly (readonly number[])[];
  /** In the order of arrival. */
  readonly rankings: readonly { readonly index: number; readonly score: number }[];
  /** By input. */
  readonly classifications: readonly Omit<ClassificationEvent, "type" | "index">[];
  /** Of a recording, in the order of arrival. */
  readonly heard: readonly HeardEvent[];
  readonly promptLogprobs: readonly TokenLogprobs[];
  readonly tokens: readonly number[];
  readonly pieces: readonly string[] | undefined;
  readonly warnings: readonly Warning[];
  readonly failedAttempts: readonly AttemptFailure[];
  readonly raw: readonly unknown[];
}

/** Folds batches into a result; pieces of text are joined once, at the end. */
export interface Collector {
  add(batch: Batch): void;
  /** How many tokens were generated, once the server has said it. */
  outputTokens(): number | undefined;
  /** Whether `finish` has come. */
  finished(): boolean;
  /** What came so far, for an error to carry. */
  partial(): PartialReply;
  collected(): Collected;
}

interface ChoicePieces {
  readonly text: string[];
  readonly reasoning: string[];
  readonly toolCalls: ToolCall[];
  recovered: number;
  readonly logprobs: TokenLogprobs[];
}

/** A collector for one call. */
export function collector(): Collector {
  let start: StartEvent | undefined;
  let finish: FinishEvent | undefined;
  const choices: ChoicePieces[] = [];
  const vectors: (readonly number[])[] = [];
  const rankings: { index: number; score: number }[] = [];
  const classifications: Omit<ClassificationEvent, "type" | "index">[] = [];
  const heard: HeardEvent[] = [];
  const promptLogprobs: TokenLogprobs[] = [];
  const tokens: number[] = [];
  let pieces: string[] | undefined;
  const warnings: Warning[] = [];
  const failedAttempts: AttemptFailure[] = [];
  const raw: unknown[] = [];

  function choice(index: number): ChoicePieces {
    while (choices.length <= index)
      choices.push({ text: [], reasoning: [], toolCalls: [], recovered: 0, logprobs: [] });
    return choices[index] as ChoicePieces;
  }

  return {
    add(batch) {
      for (const event of batch) {
        switch (event.type) {
          case "text-delta":
            choice(event.choice).text.push(event.text);
            break;
          case "reasoning-delta":
            choice(event.choice).reasoning.push(event.text);
            break;
          case "tool-call":
            choice(event.choice).toolCalls.push({ id: event.id, name: event.name, arguments: event.arguments });
            if (event.recovered) choice(event.choice).recovered += 1;
            break;
          case "logprobs":
            for (const token of event.tokens) choice(event.choice).logprobs.push(token);
            break;
          case "prompt-logprobs":
            for (const token of event.tokens) promptLogprobs.push(token);
            break;
          case "embedding":
            vectors[event.index] = event.vector;
            break;
          case "ranking":
            rankings.push({ index: event.index, score: event.score });
            break;
          case "classification":
            classifications[event.index] = { label: event.label, scores: event.scores };
            break;
          case "tokens":
            for (const token of event.tokens) tokens.push(token);
            if (event.pieces) pieces = [...(pieces ?? []), ...event.pieces];
            break;
          case "retry":
            failedAttempts.push(event.failure);
            break;
          case "warning":
            warnings.push(event.warning);
            break;
          case "raw":
            raw.push(event.value);
            break;
          case "start":
            start = event;
            break;
          case "finish":
            finish = event;
            choice(event.finishReasons.length - 1);
            break;
          case "tool-call-delta":
          case "progress":
            break;
          default:
            heard.push(event);
        }
      }
    },
    outputTokens: () => finish?.usage?.outputTokens,
    finished: () => finish !== undefined,
    partial() {
      const first = choices[0];
      return {
        text: first?.text.join("") ?? "",
        reasoning: first?.reasoning.join("") ?? "",
        toolCalls: first ? [...first.toolCalls] : [],
      };
    },
    collected: () => ({
      start,
      finish,
      choices: choices.map((part, index) => ({
        text: part.text.join(""),
        reasoning: part.reasoning.join(""),
        toolCalls: part.toolCalls,
        recoveredToolCalls: part.recovered,
        finishReason: finish?.finishReasons[index] ?? "unknown",
        logprobs: part.logprobs,
      })),
      vectors,
      rankings,
      classifications,
      heard,
      promptLogprobs,
      tokens,
      pieces,
      warnings,
      failedAttempts,
      raw,
    }),
  };
}
