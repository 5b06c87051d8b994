import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import type { BaseMessage } from "@langchain/core/messages";
import type { ChatGenerationChunk, ChatResult } from "@langchain/core/outputs";

import type { Client } from "../../client/client-interface.ts";
import type { ChatInput } from "../../client/inputs.ts";
import { fencedJson } from "../../core/fenced-json.ts";
import { formOf, type OutputInput } from "../../core/output-form.ts";
import { chatCall, type CallOptionsGiven, type ModelDefaults } from "./langchain-call.ts";
import { langchainError, wrongInput } from "./langchain-error.ts";
import { messagesOf } from "./langchain-messages.ts";
import { jsonSchemaOf } from "./langchain-tools.ts";
import { chunksOf } from "./reply-chunks.ts";
import { eventsOf } from "./reply-events.ts";
import { messageOf, partialMessage } from "./reply-message.ts";
import { isUnfit, replySteps, unfitMetadata, type MessagesCall } from "./reply-steps.ts";

/** Who is asked, and with what where a call says nothing else. */
export interface Asked {
  readonly client: Client;
  readonly defaults: ModelDefaults;
}

/** A whole answer; with a run's manager, told to it token by token. */
export async function generatedAnswer(
  asked: Asked,
  messages: readonly BaseMessage[],
  options: CallOptionsGiven,
  streamedTo: CallbackManagerForLLMRun | undefined,
): Promise<ChatResult> {
  if (streamedTo) return together(streamedChunks(asked, messages, options, streamedTo));
  const call = messagesCall(asked, messages, options);
  const message = await answer(asked.client, call);
  return { generations: [{ text: message.text, message }], llmOutput: tokenUsage(message) };
}

async function answer(client: Client, call: MessagesCall) {
  try {
    const result = await client.chat(call.input as ChatInput);
    const text = result.toolCalls.length > 0 ? result.text : call.reader()(result.text);
    return messageOf({ ...result, text }, call.warnings);
  } catch (error) {
    if (!call.keepUnfit || !isUnfit(error) || !error.partial) throw error;
    return partialMessage(error.partial, unfitMetadata(error));
  }
}

/** An answer in chunks. */
export async function* streamedChunks(
  asked: Asked,
  messages: readonly BaseMessage[],
  options: CallOptionsGiven,
  runManager: CallbackManagerForLLMRun | undefined,
): AsyncGenerator<ChatGenerationChunk> {
  yield* chunksOf(replySteps(asked.client, checkedCall(asked, messages, options)), runManager);
}

/** An answer in events of content blocks. */
export async function* streamedEvents(
  asked: Asked,
  messages: readonly BaseMessage[],
  options: CallOptionsGiven,
): AsyncGenerator<ChatModelStreamEvent> {
  yield* eventsOf(replySteps(asked.client, checkedCall(asked, messages, options)));
}

function checkedCall(...given: Parameters<typeof messagesCall>): MessagesCall {
  try {
    return messagesCall(...given);
  } catch (error) {
    throw langchainError(error);
  }
}

function messagesCall({ defaults }: Asked, messages: readonly BaseMessage[], given: CallOptionsGiven): MessagesCall {
  const { input, warnings } = chatCall(defaults, given);
  if (messages.length === 0) throw wrongInput("messages", "the list is empty");
  const keepUnfit = given.keepUnfit === true;
  return {
    input: { ...input, messages: messagesOf(messages, warnings) },
    warnings,
    keepUnfit,
    reader: isObject(input.output) && !keepUnfit ? fencedJson : () => (text) => text,
  };
}

/** Whether an answer is to be a JSON object. */
function isObject(output: OutputInput | undefined): boolean {
  if (output === undefined) return false;
  const form = formOf(output);
  return form ? form.type === "json" : jsonSchemaOf("output", output)["type"] === "object";
}

async function together(chunks: AsyncIterable<ChatGenerationChunk>): Promise<ChatResult> {
  let whole: ChatGenerationChunk | undefined;
  for await (const chunk of chunks) whole = whole ? whole.concat(chunk) : chunk;
  if (!whole) throw wrongInput("stream", "it had no end"); // every answer has one
  return { generations: [whole] };
}

function tokenUsage({ usage_metadata: usage }: Awaited<ReturnType<typeof answer>>): Record<string, unknown> {
  if (!usage) return {};
  const { input_tokens: promptTokens, output_tokens: completionTokens, total_tokens: totalTokens } = usage;
  return { tokenUsage: { promptTokens, completionTokens, totalTokens } };
}
