import {
  AIMessage,
  type ContentBlock,
  type InvalidToolCall,
  type ToolCall,
  type UsageMetadata,
} from "@langchain/core/messages";

import type { ToolCall as CalledTool } from "../../core/message.ts";
import type { PartialReply, ChatResult, FinishReason, Usage, Warning } from "../../core/result.ts";

/** Content as LangChain has it: a text, or blocks where the model thought before it spoke. */
export const contentOf = (text: string, reasoning: string): string | ContentBlock[] =>
  reasoning === ""
    ? text
    : [{ type: "reasoning", reasoning }, ...(text === "" ? [] : [{ type: "text" as const, text }])];

/** A whole answer as a message. */
export function messageOf(result: ChatResult, warnings: readonly Warning[]): AIMessage {
  const { text, reasoning, toolCalls, usage } = result;
  return new AIMessage({
    content: contentOf(text, reasoning),
    ...callsOf(toolCalls),
    ...usageField(usage && usageOf(usage)),
    response_metadata: metadataOf(result, warnings),
  });
}

/** What had come of an answer that did not fit its form, for `includeRaw`. */
export const partialMessage = ({ text, reasoning, toolCalls }: PartialReply, metadata: Metadata): AIMessage =>
  new AIMessage({ content: contentOf(text, reasoning), ...callsOf(toolCalls), response_metadata: metadata });

/** The model's calls, those whose arguments are no JSON object apart. */
export function callsOf(calls: readonly CalledTool[]): {
  readonly tool_calls: ToolCall[];
  readonly invalid_tool_calls: InvalidToolCall[];
} {
  const sound: ToolCall[] = [];
  const invalid: InvalidToolCall[] = [];
  for (const { id, name, arguments: text } of calls) {
    const args = objectIn(text);
    if (args) sound.push({ type: "tool_call", id, name, args });
    else invalid.push({ type: "invalid_tool_call", id, name, args: text, error: "The arguments are no JSON object." });
  }
  return { tool_calls: sound, invalid_tool_calls: invalid };
}

/** The JSON object that a text is, if it is one. */
export function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text === "" ? "{}" : text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Tokens by what they were, as far as the server tells. */
export function usageOf({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens }: Usage): UsageMetadata {
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cachedInputTokens === undefined ? {} : { input_token_details: { cache_read: cachedInputTokens } }),
    ...(reasoningTokens === undefined ? {} : { output_token_details: { reasoning: reasoningTokens } }),
  };
}

/** LangChain's type of this field is `never` under `exactOptionalPropertyTypes` (@langchain/core 1.4.0). */
export const usageField = (usage: UsageMetadata | undefined): { usage_metadata?: never } =>
  usage === undefined ? {} : { usage_metadata: usage as never };

/** What is told of an answer beside what it says. */
export type Metadata = Record<string, unknown>;

/** `response_metadata`: who answered, why it ended, and what the client knows of the call, as plain JSON. */
export function metadataOf(result: ChatResult, ownWarnings: readonly Warning[]): Metadata {
  const { model, finishReason, callId, requestId, timings, serverTimings, failedAttempts, logprobs } = result;
  const warnings = [...ownWarnings, ...result.warnings];
  const told = {
    model_provider: "inhouse",
    model,
    model_name: model,
    finish_reason: finishReasonOf(finishReason),
    callId,
    requestId,
    timings,
    serverTimings,
    failedAttempts,
    logprobs,
    promptLogprobs: result.promptLogprobs,
    droppedMessages: result.droppedMessages,
    warnings,
  };
  const isNothing = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(told).filter(([, value]) => !isNothing(value)));
}

/** Why an answer ended, in the words of OpenAI's API, which LangChain's other models use. */
export const finishReasonOf = (reason: FinishReason): string => reason.replace("-", "_");
