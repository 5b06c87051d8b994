import { InhouseError } from "../../core/error.ts";
import type { AssistantMessage, ImagePart, Message, ToolCall, UserMessage } from "../../core/message.ts";
import type { Warning } from "../../core/result.ts";
import { isObject } from "../../http/json.ts";

/** Messages in Ollama's form: content is text alone, pictures stand beside it, a result names its tool. */
export function encodeMessages(messages: readonly Message[], warnings: Warning[]): readonly unknown[] {
  const tools = new Map<string, string>();
  if (messages.some((message) => "name" in message && message.name !== undefined)) {
    warnings.push({ option: "messages", message: "ollama knows no names of speakers: they were left out." });
  }
  if (messages.at(-1)?.role === "assistant") {
    const message =
      "ollama continues what the assistant began only if the model's template leaves the last message open.";
    warnings.push({ option: "messages", message });
  }
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  return messages.map((message, index) => {
    switch (message.role) {
      case "system":
        return { role: "system", content: message.content };
      case "user":
        return { role: "user", ...encodeContent(message.content) };
      case "assistant":
        for (const { id, name } of message.toolCalls ?? []) tools.set(id, name);
        return encodeAssistant(message, index > lastUser);
      case "tool": {
        const { toolCallId, content } = message;
        return { role: "tool", content, tool_call_id: toolCallId, tool_name: tools.get(toolCallId) };
      }
    }
  });
}

function encodeContent(content: UserMessage["content"]) {
  if (typeof content === "string") return { content };
  const pictures = content.filter((part): part is ImagePart => part.type === "image");
  return {
    content: content.map((part) => (part.type === "text" ? part.text : "")).join(""),
    ...(pictures.length > 0 ? { images: pictures.map(({ data }) => data) } : {}),
  };
}

/** Thinking goes back with the turn that is being answered: not every template leaves that of earlier turns out. */
function encodeAssistant({ content, reasoning, toolCalls = [] }: AssistantMessage, inLastTurn: boolean): unknown {
  return {
    role: "assistant",
    content,
    thinking: inLastTurn ? reasoning : undefined,
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls.map(encodeCall) } : {}),
  };
}

function encodeCall({ id, name, arguments: text }: ToolCall, index: number): unknown {
  return { id, function: { index, name, arguments: objectIn(text, name) } };
}

/** Ollama takes the arguments of a call as an object (400 for text). */
function objectIn(text: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(text === "" ? "{}" : text);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new InhouseError("invalid-request", `messages: the arguments of the call of ${name} are no JSON object.`, {
    provider: "ollama",
    hint: "Ollama takes them as an object only: leave such a call out of the conversation.",
  });
}
