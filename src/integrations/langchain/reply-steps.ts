import type { UsageMetadata } from "@langchain/core/messages";

import type { Client } from "../../client/client-interface.ts";
import type { ChatInput } from "../../client/inputs.ts";
import { isInhouseError, type InhouseError } from "../../core/error.ts";
import type { ModelEvent } from "../../core/event.ts";
import type { ChatResult } from "../../core/result.ts";
import type { ChatCall, ChatCallInput } from "./langchain-call.ts";
import { langchainError } from "./langchain-error.ts";
import { finishReasonOf, metadataOf, usageOf, type Metadata } from "./reply-message.ts";

/** A step of an answer, as far as LangChain has a word for it. */
export type ReplyStep =
  | { readonly type: "text" | "reasoning"; readonly text: string }
  | {
      readonly type: "call";
      readonly index: number;
      readonly id?: string;
      readonly name?: string;
      readonly arguments: string;
    }
  | { readonly type: "end"; readonly metadata: Metadata; readonly usage?: UsageMetadata };

/** A call with its messages. */
export interface MessagesCall extends ChatCall {
  readonly input: ChatCallInput & Pick<ChatInput, "messages">;
  /** An answer that does not fit its form is an answer all the same: the caller wants to see it. */
  readonly keepUnfit: boolean;
  /**
   * What of an answer is told, piece by piece: of an object the JSON alone, since those who read it take it for that, and a
   * model that was only asked for it may put it into a fence of Markdown.
   */
  readonly reader: () => (piece: string) => string;
}

/**
 * An answer step by step, the last being its end; leaving the loop ends the call. An answer that may still be asked for again
 * comes as a whole: of a form with tools beside it, or with `maxOutputRetries`.
 */
export async function* replySteps(client: Client, call: MessagesCall): AsyncGenerator<ReplyStep> {
  try {
    const { output, maxOutputRetries = 0, tools } = call.input;
    if (output !== undefined && (tools !== undefined || maxOutputRetries > 0)) {
      yield* wholeSteps(await client.chat(call.input as ChatInput), call);
      return;
    }
    const { maxOutputRetries: _none, ...input } = call.input;
    const stream = client.stream(input as ChatInput);
    const seen = new Set<number>();
    const read = call.reader();
    for await (const event of endedBySignal(stream, input.signal)) {
      const step = stepOf(event, seen);
      if (step?.type !== "text") {
        if (step) yield step;
        continue;
      }
      const text = read(step.text);
      if (text !== "") yield { type: "text", text };
    }
    yield endOf(await stream.result, call);
  } catch (error) {
    if (!call.keepUnfit || !isUnfit(error)) throw langchainError(error);
    yield { type: "end", metadata: unfitMetadata(error) };
  }
}

/**
 * What a stream gives. LangChain lets go of an aborted stream without a word, perhaps between two events, where nothing
 * would wake this generator: the signal itself closes the stream then.
 */
async function* endedBySignal<Event>(
  stream: AsyncIterable<Event>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Event> {
  const iterator = stream[Symbol.asyncIterator]();
  let isReading = false;
  const close = (): void => {
    if (!isReading) iterator.return?.().catch(() => undefined); // what is aborted has nobody to be told
  };
  signal?.addEventListener("abort", close);
  try {
    for (;;) {
      isReading = true;
      const { done, value } = await iterator.next();
      isReading = false;
      if (done) return;
      yield value;
    }
  } finally {
    signal?.removeEventListener("abort", close);
    await iterator.return?.();
  }
}

/** Whether an error is about an answer that came and does not fit its form. */
export const isUnfit = (error: unknown): error is InhouseError =>
  isInhouseError(error) && error.partial !== undefined && (error.code === "schema" || error.code === "output-limit");

/** What is told of an answer that does not fit. */
export const unfitMetadata = ({ code, message }: InhouseError): Metadata => ({
  model_provider: "inhouse",
  finish_reason: code === "output-limit" ? "length" : "stop",
  error: { code, message },
});

function stepOf(event: ModelEvent, seen: Set<number>): ReplyStep | undefined {
  switch (event.type) {
    case "text-delta":
      return event.choice === 0 && event.text !== "" ? { type: "text", text: event.text } : undefined;
    case "reasoning-delta":
      return event.choice === 0 && event.text !== "" ? { type: "reasoning", text: event.text } : undefined;
    case "tool-call-delta":
    case "tool-call": {
      const { choice, index, id, name, arguments: text } = event;
      // A whole call follows its pieces, or stands for them.
      if (choice !== 0 || (event.type === "tool-call" && seen.has(index))) return undefined;
      seen.add(index);
      return {
        type: "call",
        index,
        ...(id === undefined ? {} : { id }),
        ...(name === undefined ? {} : { name }),
        arguments: text,
      };
    }
    default:
      return undefined;
  }
}

function* wholeSteps(result: ChatResult, call: MessagesCall): Generator<ReplyStep> {
  const { reasoning, toolCalls } = result;
  const text = toolCalls.length > 0 ? result.text : call.reader()(result.text);
  if (reasoning !== "") yield { type: "reasoning", text: reasoning };
  if (text !== "") yield { type: "text", text };
  for (const [index, called] of toolCalls.entries()) yield { type: "call", index, ...called };
  yield endOf(result, call);
}

function endOf(result: ChatResult, { warnings }: MessagesCall): ReplyStep {
  const { usage } = result;
  return {
    type: "end",
    metadata: metadataOf(result, warnings),
    ...(usage === undefined ? {} : { usage: usageOf(usage) }),
  };
}

/** The end's reason in the words of LangChain's events. */
export function eventReasonOf({ finish_reason }: Metadata): "stop" | "length" | "tool_use" | "content_filter" {
  if (finish_reason === finishReasonOf("tool-calls")) return "tool_use";
  return finish_reason === "length" || finish_reason === "content_filter" ? finish_reason : "stop";
}
