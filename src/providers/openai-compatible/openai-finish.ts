import { InhouseError } from "../../core/error.ts";
import type { FinishEvent, ModelEvent } from "../../core/event.ts";
import type { FinishReason, ServerTimings, Usage } from "../../core/result.ts";
import { isObject, numberOf, numbersOf, stringOf, type JsonObject } from "../../http/json.ts";

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
  let told: unknown; // the last usage that came
  let timings: ServerTimings | undefined;
  return {
    read(value, batch) {
      if (responseId === undefined) {
        responseId = stringOf(value["id"]);
        model = stringOf(value["model"]);
      }
      if (value["usage"]) told = value["usage"];
      if (value["timings"]) timings = numbersOf(value["timings"], timingNames);
      if (value["prompt_progress"]) {
        const counts = numbersOf(value["prompt_progress"], { processedTokens: "processed", totalTokens: "total" });
        batch.push({ type: "progress", phase: "prompt", ...counts });
      }
    },
    finish(reasons) {
      const usage = usageOf(told, reasons.length > 0);
      return {
        type: "finish",
        finishReasons: reasons,
        ...(model ? { model } : {}),
        ...(responseId ? { responseId } : {}),
        ...(usage ? { usage } : {}),
        ...(timings ? { timings } : {}),
      };
    },
  };
}

/** Token counts in the protocol's form; undefined where one is missing. What generates nothing has no count of its output. */
function usageOf(value: unknown, generates: boolean): Usage | undefined {
  if (!isObject(value)) return undefined;
  const total = numberOf(value["total_tokens"]);
  const inputTokens = numberOf(value["prompt_tokens"]) ?? (generates ? undefined : total);
  if (inputTokens === undefined) return undefined;
  const rest = total === undefined ? undefined : total - inputTokens;
  const outputTokens = numberOf(value["completion_tokens"]) ?? (generates ? rest : 0);
  if (outputTokens === undefined) return undefined;
  return {
    inputTokens,
    outputTokens,
    ...numbersOf(value["prompt_tokens_details"], { cachedInputTokens: "cached_tokens" }),
    ...numbersOf(value["completion_tokens_details"], { reasoningTokens: "reasoning_tokens" }),
  };
}

/** llama.cpp's `timings` (b11434), which servers built on it pass on. */
const timingNames = {
  promptMs: "prompt_ms",
  generationMs: "predicted_ms",
  promptTokensPerSecond: "prompt_per_second",
  outputTokensPerSecond: "predicted_per_second",
};

/** A reply without its end: never taken for a complete one. */
export function unfinished(begun: boolean): InhouseError {
  return begun
    ? new InhouseError("truncated", "The reply ended without a finish reason: the server or a proxy cut it.")
    : new InhouseError("protocol", "The reply holds no answer.", {
        hint: "Does baseURL name a server that speaks this protocol?",
      });
}
