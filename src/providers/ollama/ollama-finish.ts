import { InhouseError } from "../../core/error.ts";
import type { FinishEvent } from "../../core/event.ts";
import type { FinishReason, ServerTimings } from "../../core/result.ts";
import { numberOf, numbersOf, stringOf, type JsonObject } from "../../http/json.ts";

/** What came before the last object of a reply. */
export interface Delivered {
  /** Text, thinking or a call. */
  readonly anything: boolean;
  readonly calls: boolean;
  /** Tools were offered. */
  readonly tools: boolean;
}

/** The end that the object with `done: true` tells: reason, model, tokens and times. */
export function finishOf(last: JsonObject, delivered: Delivered): FinishEvent {
  const reason = stringOf(last["done_reason"]) ?? "";
  if (reason === "load" || reason === "unload") {
    throw new InhouseError("empty-reply", `Ollama took the request for one to ${reason} the model.`, {
      retryable: false,
      hint: "It does so where the prompt is empty.",
    });
  }
  const outputTokens = numberOf(last["eval_count"]) ?? 0;
  // One token alone is the end of the text: an empty answer, and an honest one.
  if (delivered.tools && !delivered.anything && outputTokens > 1) throw swallowed(outputTokens, reason);
  const model = stringOf(last["model"]);
  return {
    type: "finish",
    finishReasons: [finishReasonOf(reason, delivered.calls)],
    ...(model ? { model } : {}),
    usage: {
      inputTokens: numberOf(last["prompt_eval_count"]) ?? 0, // zero is left out
      outputTokens,
      ...numbersOf(last, { cachedInputTokens: "prompt_eval_cached_count" }),
    },
    timings: timingsOf(last),
  };
}

function finishReasonOf(reason: string, called: boolean): FinishReason {
  if (reason === "length") return "length";
  if (reason !== "stop") return "unknown";
  return called ? "tool-calls" : "stop"; // Ollama says stop for calls too
}

/** Ollama (0.34.2) drops a tool call that it cannot parse, or that the limit cuts, and answers with nothing at all. */
function swallowed(outputTokens: number, reason: string): InhouseError {
  const cut = reason === "length"; // and another try would be
  return new InhouseError("empty-reply", `The model wrote ${outputTokens} tokens, and Ollama delivered none of them.`, {
    retryable: !cut,
    hint: cut
      ? "Raise maxTokens: the limit cut a tool call, which Ollama then drops."
      : "Try again, or without tools: Ollama drops a tool call that it cannot parse.",
  });
}

/** Ollama counts nanoseconds. */
function timingsOf(last: JsonObject): ServerTimings {
  const prompt = numberOf(last["prompt_eval_duration"]);
  const generation = numberOf(last["eval_duration"]);
  const read = (numberOf(last["prompt_eval_count"]) ?? 0) - (numberOf(last["prompt_eval_cached_count"]) ?? 0);
  return {
    ...(prompt === undefined ? {} : { promptMs: prompt / 1e6 }),
    ...(generation === undefined ? {} : { generationMs: generation / 1e6 }),
    ...rate("promptTokensPerSecond", read, prompt),
    ...rate("outputTokensPerSecond", numberOf(last["eval_count"]) ?? 0, generation),
  };
}

function rate<Name extends string>(name: Name, tokens: number, ns: number | undefined): { [name in Name]?: number } {
  if (tokens <= 0 || !ns) return {};
  return { [name]: tokens / (ns / 1e9) } as { [name in Name]: number };
}
