import { InhouseError } from "../../core/error.ts";
import type { FinishEvent, ModelEvent } from "../../core/event.ts";
import type { FinishReason, ServerTimings, Usage } from "../../core/result.ts";
import { isObject, numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  eos: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
};

/** The finish reason in our words. A generation that the server broke off is an error, though it looks like an end. */
export function finishReasonOf(value: unknown): FinishReason {
  if (value === "abort" || value === "error") {
    throw new InhouseError("stream-error", `The server broke the generation off (finish_reason "${value}").`);
  }
  return (typeof value === "string" && Object.hasOwn(finishReasons, value) && finishReasons[value]) || "unknown";
}

/** What a reply says about itself beside its choices. */
export interface ReplySummary {
  read(value: JsonObject, batch: ModelEvent[]): void;
  finish(reasons: readonly FinishReason[]): FinishEvent;
}

/** Collects id, model, usage and timings from the pieces of a reply, wherever they stand. */
export function replySummary(): ReplySummary {
  let responseId: string | undefined;
  let model: string | undefined;
  let usage: Usage | undefined;
  let timings: ServerTimings | undefined;
  return {
    read(value, batch) {
      if (responseId === undefined) {
        responseId = stringOf(value["id"]);
        model = stringOf(value["model"]);
      }
      if (value["usage"]) usage = usageOf(value["usage"]) ?? usage;
      if (value["timings"]) timings = timingsOf(value["timings"]);
      if (value["prompt_progress"]) batch.push(promptProgress(objectOf(value["prompt_progress"])));
    },
    finish: (reasons) => ({
      type: "finish",
      finishReasons: reasons,
      ...(model ? { model } : {}),
      ...(responseId ? { responseId } : {}),
      ...(usage ? { usage } : {}),
      ...(timings ? { timings } : {}),
    }),
  };
}

/** Token counts in the protocol's form; undefined where there are none. */
export function usageOf(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const inputTokens = numberOf(value["prompt_tokens"]) ?? numberOf(value["total_tokens"]);
  if (inputTokens === undefined) return undefined;
  const cached = numberOf(objectOf(value["prompt_tokens_details"])["cached_tokens"]);
  const reasoning = numberOf(objectOf(value["completion_tokens_details"])["reasoning_tokens"]);
  return {
    inputTokens,
    outputTokens: numberOf(value["completion_tokens"]) ?? 0,
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
  };
}

/** llama.cpp's `timings` (b11434), which servers built on it pass on. */
export function timingsOf(value: unknown): ServerTimings {
  const timings = objectOf(value);
  const promptMs = numberOf(timings["prompt_ms"]);
  const generationMs = numberOf(timings["predicted_ms"]);
  const promptTokensPerSecond = numberOf(timings["prompt_per_second"]);
  const outputTokensPerSecond = numberOf(timings["predicted_per_second"]);
  return {
    ...(promptMs === undefined ? {} : { promptMs }),
    ...(generationMs === undefined ? {} : { generationMs }),
    ...(promptTokensPerSecond === undefined ? {} : { promptTokensPerSecond }),
    ...(outputTokensPerSecond === undefined ? {} : { outputTokensPerSecond }),
  };
}

function promptProgress(progress: JsonObject): ModelEvent {
  const processedTokens = numberOf(progress["processed"]);
  const totalTokens = numberOf(progress["total"]);
  return {
    type: "progress",
    phase: "prompt",
    ...(processedTokens === undefined ? {} : { processedTokens }),
    ...(totalTokens === undefined ? {} : { totalTokens }),
  };
}

/** A reply without its end: never taken for a complete one. */
export function unfinished(begun: boolean): InhouseError {
  return begun
    ? new InhouseError("truncated", "The reply ended without a finish reason: the server or a proxy cut it.")
    : new InhouseError("protocol", "The reply holds no answer.", {
        hint: "Does baseURL name a server that speaks this protocol?",
      });
}
