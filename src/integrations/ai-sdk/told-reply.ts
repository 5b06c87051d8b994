import type { FinishReason, ResultBase, Usage, Warning } from "../../core/result.ts";
import type { ByProvider, JsonFields, SpecFinishReason, SpecResponse, SpecUsage, SpecWarning } from "./ai-sdk-spec.ts";

/** What is told of a reply under our name, beside what every result has. */
export type ToldMore = Readonly<Record<string, unknown>>;

/** What the client knows of a call, as plain JSON under our name. */
export function metadataOf(name: string, result: ResultBase, more: ToldMore = {}): ByProvider {
  const { callId, requestId, timings, serverTimings, failedAttempts } = result;
  return {
    [name]: jsonFields({
      callId,
      requestId,
      timings,
      serverTimings,
      ...(failedAttempts.length === 0 ? {} : { failedAttempts }),
      ...more,
    }),
  };
}

/** Plain JSON of what is plain anyway; what is undefined is left out. */
export function jsonFields(fields: object): JsonFields {
  return JSON.parse(JSON.stringify(fields)) as JsonFields;
}

/** What else a result says of itself: lists that are empty unless asked for, counts that are mostly 0. */
export function notable(fields: ToldMore): ToldMore {
  const isNothing = (value: unknown): boolean => value === 0 || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && !isNothing(value)));
}

/** Who answered, and under which id. */
export function responseOf({ requestId, model }: ResultBase, timestamp: Date): SpecResponse {
  return {
    timestamp,
    ...(requestId === undefined ? {} : { id: requestId }),
    ...(model === undefined ? {} : { modelId: model }),
  };
}

/** Tokens by what they were; what the server does not tell is undefined. */
export function usageOf(usage: Usage | undefined): SpecUsage {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage ?? {};
  return {
    inputTokens: {
      total: inputTokens,
      noCache: without(inputTokens, cachedInputTokens),
      cacheRead: cachedInputTokens,
      cacheWrite: undefined,
    },
    outputTokens: {
      total: outputTokens,
      text: without(outputTokens, reasoningTokens),
      reasoning: reasoningTokens,
    },
    ...(usage === undefined ? {} : { raw: jsonFields(usage) }),
  };
}

const without = (total: number | undefined, part: number | undefined): number | undefined =>
  total === undefined || part === undefined ? undefined : total - part;

/** Why an answer ended. */
export const finishReasonOf = (reason: FinishReason): SpecFinishReason => ({
  unified: reason === "unknown" ? "other" : reason,
  raw: reason,
});

/** Options that were brought about in another way than asked, and not left out. */
const compatible = new Set(["context", "messages", "output", "reasoning", "toolChoice", "tools"]);

/** A warning of the client as one of the AI SDK's. */
export const warningOf = ({ option, message }: Warning): SpecWarning => ({
  type: compatible.has(option) ? "compatibility" : "unsupported",
  feature: option,
  details: message,
});
