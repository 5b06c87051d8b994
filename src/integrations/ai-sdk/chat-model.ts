import type { ChatResult } from "../../core/result.ts";
import { chatCall } from "./ai-sdk-chat-input.ts";
import type { GenerateResult, LanguageCallOptions, SpecContent, StreamResult } from "./ai-sdk-spec.ts";
import { answerParts } from "./answer-parts.ts";
import { underAiSdk, type ModelOfClient } from "./model-call.ts";
import { partStream } from "./part-stream.ts";
import { finishReasonOf, metadataOf, notable, responseOf, usageOf, warningOf, type ToldMore } from "./told-reply.ts";

/** An answer of a conversation that is given as a whole. */
export function generateAnswer(of: ModelOfClient, options: LanguageCallOptions): Promise<GenerateResult> {
  return underAiSdk(of, options, async () => {
    const { input, warnings } = chatCall(of, options, false);
    const startedAt = new Date();
    const result: ChatResult & { readonly output?: unknown } = await of.client.chat(input);
    return {
      content: contentOf(result),
      finishReason: finishReasonOf(result.finishReason),
      usage: usageOf(result.usage),
      providerMetadata: metadataOf(of.name, result, moreOf(result)),
      response: responseOf(result, startedAt),
      warnings: [...warnings, ...result.warnings.map(warningOf)],
    };
  });
}

/** An answer of a conversation as it is generated. */
export function streamAnswer(of: ModelOfClient, options: LanguageCallOptions): Promise<StreamResult> {
  return underAiSdk(of, options, async () => {
    const { input, warnings, isJson } = chatCall(of, options, true);
    return partStream<ChatResult>(of, options, {
      stream: of.client.stream(input),
      parts: answerParts({ isJson, mayBeFirst: isJson && input.tools !== undefined }),
      warnings,
      finishOf: (result) => ({ finishReason: finishReasonOf(result.finishReason), more: moreOf(result) }),
    });
  });
}

function contentOf({ reasoning, text, toolCalls, output }: ChatResult & { readonly output?: unknown }): SpecContent[] {
  const said = output === undefined || isParsable(text) ? text : JSON.stringify(output);
  return [
    ...(reasoning === "" ? [] : [{ type: "reasoning" as const, text: reasoning }]),
    ...(said === "" ? [] : [{ type: "text" as const, text: said }]),
    ...toolCalls.map(({ id, name, arguments: input }) => ({
      type: "tool-call" as const,
      toolCallId: id,
      toolName: name,
      input,
    })),
  ];
}

/** A model that was only asked for JSON puts a fence around it. */
function isParsable(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const moreOf = ({ logprobs, promptLogprobs, droppedMessages, recoveredToolCalls }: ChatResult): ToldMore =>
  notable({ logprobs, promptLogprobs, droppedMessages, recoveredToolCalls });
