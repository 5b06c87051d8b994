import type { AssistantMessage, Message, UserMessage } from "../../core/message.ts";
import type { Base64Value } from "../../http/base64-value.ts";
import type { Dialect } from "./openai-dialect.ts";
import { encodeMedia } from "./openai-media.ts";

/**
 * Messages in the protocol's form. Thinking goes back only with the turn that is being answered: models are trained to see
 * it between a tool's call and its result, and not to see that of earlier turns. Bytes that are to be sent are told to `files`.
 */
export function encodeMessages(
  messages: readonly Message[],
  dialect: Dialect,
  files: Base64Value[] = [],
): readonly unknown[] {
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  return messages.map((message, index) => {
    switch (message.role) {
      case "system":
        return { role: "system", content: message.content, name: message.name };
      case "user":
        return { role: "user", content: encodeContent(message.content, dialect, files), name: message.name };
      case "assistant":
        return encodeAssistant(message, dialect, index > lastUser);
      case "tool":
        return { role: "tool", tool_call_id: message.toolCallId, content: message.content };
    }
  });
}

function encodeContent(content: UserMessage["content"], dialect: Dialect, files: Base64Value[]): unknown {
  if (typeof content === "string") return content;
  return content.map((part) =>
    part.type === "text" ? { type: "text", text: part.text } : encodeMedia(part, dialect, files),
  );
}

function encodeAssistant(message: AssistantMessage, dialect: Dialect, inLastTurn: boolean): unknown {
  const { content, reasoning, toolCalls = [] } = message;
  return {
    role: "assistant",
    name: message.name,
    content: content === "" && toolCalls.length > 0 ? null : content,
    ...(reasoning !== undefined && inLastTurn && dialect.reasoningInput !== undefined
      ? { [dialect.reasoningInput]: reasoning }
      : {}),
    ...(toolCalls.length > 0
      ? {
          tool_calls: toolCalls.map(({ id, name, arguments: text }) => ({
            id,
            type: "function",
            function: { name, arguments: text },
          })),
        }
      : {}),
  };
}
