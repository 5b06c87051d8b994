import { InhouseError } from "../../core/error.ts";
import type { AssistantMessage, Message, Part, ToolCall, UserMessage } from "../../core/message.ts";
import type { Warning } from "../../core/result.ts";
import { base64Of, type Base64Value } from "../../http/base64-value.ts";
import { isObject } from "../../http/json.ts";

/**
 * Messages in Ollama's form: content is text alone, pictures and sound stand beside it, a result names its tool. Bytes that
 * are to be sent are told to `files`.
 */
export function encodeMessages(
  messages: readonly Message[],
  warnings: Warning[],
  files: Base64Value[] = [],
): readonly unknown[] {
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
        return { role: "user", ...encodeContent(message.content, files) };
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

function encodeContent(content: UserMessage["content"], files: Base64Value[]) {
  if (typeof content === "string") return { content };
  const media = content.filter((part) => part.type !== "text").map((part) => encodeMedia(part, files));
  return {
    // Beside files each text is a line of its own, such as the time of a film's picture.
    content: content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join(media.length > 0 ? "\n" : ""),
    ...(media.length > 0 ? { images: media } : {}),
  };
}

/** Ollama takes sound where it takes pictures, and tells them apart by their first bytes (0.34.2). */
function encodeMedia(part: Part, files: Base64Value[]): string | Base64Value {
  if (part.type !== "image" && part.type !== "audio") {
    throw new InhouseError("unsupported", `ollama takes no parts of type "${part.type}".`, {
      provider: "ollama",
      hint: "Send it with a client: createClient() reads files and makes pictures of films.",
    });
  }
  if (typeof part.data === "string") return part.data;
  const value = base64Of("", part.data);
  files.push(value);
  return value;
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
