import type { Collected } from "../core/collect.ts";
import { InhouseError } from "../core/error.ts";
import type { AssistantMessage } from "../core/message.ts";
import type { ChatResult, Choice, CompletionResult, ResultBase } from "../core/result.ts";
import type { Call } from "./call.ts";

/** What every result takes from its call. */
export function resultBase(call: Call, { start, finish, warnings, failedAttempts, raw }: Collected): ResultBase {
  const { model, usage, timings: serverTimings } = finish ?? {};
  const requestId = start?.requestId ?? finish?.responseId;
  const base: { -readonly [Name in keyof ResultBase]: ResultBase[Name] } = {
    callId: call.id,
    timings: call.timings(),
    warnings,
    failedAttempts,
    raw,
  };
  if (model !== undefined) base.model = model;
  if (requestId !== undefined) base.requestId = requestId;
  if (usage !== undefined) base.usage = usage;
  if (serverTimings !== undefined) base.serverTimings = serverTimings;
  return base;
}

/** Reads a call to its end. */
export async function finished<Result>(call: Call, resultOf: (call: Call) => Result): Promise<Result> {
  for await (const _ of call.batches);
  return resultOf(call);
}

/** The result of a chat call that has ended. */
export function chatResult(call: Call): ChatResult {
  const collected = call.collected();
  const first = firstChoice(collected);
  const { text, reasoning, toolCalls } = first;
  const message: AssistantMessage = {
    role: "assistant",
    content: text,
    ...(reasoning === "" ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
  const { choices, promptLogprobs, start } = collected;
  const dropped = start?.droppedMessages === undefined ? {} : { droppedMessages: start.droppedMessages };
  return Object.assign(resultBase(call, collected), first, dropped, { promptLogprobs, choices, message });
}

/** The result of a completion call that has ended. */
export function completionResult(call: Call): CompletionResult {
  const collected = call.collected();
  const choices = collected.choices.map(({ text, finishReason, logprobs }) => ({ text, finishReason, logprobs }));
  const { text, finishReason, logprobs } = firstChoice(collected);
  const { promptLogprobs } = collected;
  return { ...resultBase(call, collected), text, finishReason, logprobs, promptLogprobs, choices };
}

function firstChoice({ choices }: Collected): Choice {
  const [first] = choices;
  if (!first) throw new InhouseError("protocol", "The reply holds no answer.");
  return first;
}
