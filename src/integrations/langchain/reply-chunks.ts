import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { AIMessageChunk, type AIMessageChunkFields } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";

import { usageField } from "./reply-message.ts";
import type { ReplyStep } from "./reply-steps.ts";

/**
 * An answer in LangChain's chunks, each told to the callbacks first. Thinking makes blocks of the content, which are put
 * together by their index: 0 is what the model thinks, 1 what it says. Without any, content is text.
 */
export async function* chunksOf(
  steps: AsyncIterable<ReplyStep>,
  runManager: CallbackManagerForLLMRun | undefined,
): AsyncGenerator<ChatGenerationChunk> {
  let thought = false;
  for await (const step of steps) {
    thought ||= step.type === "reasoning";
    const text = step.type === "text" ? step.text : "";
    const chunk = new ChatGenerationChunk({
      text,
      message: new AIMessageChunk(chunkFields(step, thought)),
      ...(step.type === "end" ? { generationInfo: { finish_reason: step.metadata["finish_reason"] } } : {}),
    });
    await runManager?.handleLLMNewToken(text, { prompt: 0, completion: 0 }, undefined, undefined, undefined, { chunk });
    yield chunk;
  }
}

function chunkFields(step: ReplyStep, thought: boolean): AIMessageChunkFields {
  switch (step.type) {
    case "reasoning":
      return { content: [{ type: "reasoning", reasoning: step.text, index: 0 }] };
    case "text":
      return { content: thought ? [{ type: "text", text: step.text, index: 1 }] : step.text };
    case "call": {
      const { index, id, name, arguments: args } = step;
      return {
        content: thought ? [] : "",
        tool_call_chunks: [
          {
            type: "tool_call_chunk",
            index,
            args,
            ...(id === undefined ? {} : { id }),
            ...(name === undefined ? {} : { name }),
          },
        ],
      };
    }
    case "end":
      return {
        content: thought ? [] : "",
        response_metadata: step.metadata,
        ...usageField(step.usage),
      };
  }
}
