import { describe } from "../core/check-options.ts";
import type { Message, Part, ToolCall } from "../core/message.ts";
import { checkList, checkObject, checkString, wrong } from "./check.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Keys of a message in our form and in OpenAI's; what else OpenAI's own replies carry is accepted while it is empty. */
const messageKeys = new Set([
  "role",
  "content",
  "name",
  "reasoning",
  "reasoning_content",
  "toolCalls",
  "tool_calls",
  "toolCallId",
  "tool_call_id",
]);

/** Messages in the one form of the core, from a string, our own form or OpenAI's. Throws `invalid-request`. */
export function normalizeMessages(value: unknown): readonly Message[] {
  if (typeof value === "string") return [{ role: "user", content: value }];
  const list = checkList("messages", value);
  if (list.length === 0) throw wrong("messages", "the list is empty", 'Pass at least { role: "user", content: "…" }.');
  const messages = list.map((message, index) =>
    normalizeMessage(`messages[${index}]`, checkObject(`messages[${index}]`, message)),
  );
  checkResults(messages);
  return messages;
}

/** A result belongs to a call that came before it: servers answer with nonsense, or an error of their template, else. */
function checkResults(messages: readonly Message[]): void {
  if (!messages.some(({ role }) => role === "tool")) return;
  const called = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === "assistant") for (const { id } of message.toolCalls ?? []) called.add(id);
    if (message.role !== "tool" || called.has(message.toolCallId)) continue;
    throw wrong(
      `messages[${index}].toolCallId`,
      `no call "${message.toolCallId.slice(0, 64)}" came before this result`,
      "Keep the assistant's message with its toolCalls before the results.",
    );
  }
}

function normalizeMessage(place: string, message: Fields): Message {
  for (const [key, value] of Object.entries(message)) {
    const empty = value === null || value === undefined || (Array.isArray(value) && value.length === 0);
    if (!messageKeys.has(key) && !empty) throw wrong(place, `unknown key "${key}"`);
  }
  const { role, content } = message;
  const name = message["name"] === undefined ? {} : { name: checkString(`${place}.name`, message["name"]) };
  switch (role) {
    case "system":
    case "developer":
      return { role: "system", content: textOf(`${place}.content`, content), ...name };
    case "user":
      return { role, content: userContent(`${place}.content`, content), ...name };
    case "assistant":
      return { role, ...assistantFields(place, message), ...name };
    case "tool": {
      const id = message["toolCallId"] ?? message["tool_call_id"];
      return { role, toolCallId: checkString(`${place}.toolCallId`, id), content: textOf(`${place}.content`, content) };
    }
    default:
      throw wrong(
        `${place}.role`,
        `expected system, user, assistant or tool, got ${typeof role === "string" ? `"${role}"` : describe(role)}`,
      );
  }
}

function assistantFields(place: string, message: Fields) {
  const toolCalls = message["toolCalls"] ?? message["tool_calls"];
  const reasoning = message["reasoning"] ?? message["reasoning_content"];
  const calls = toolCalls ? checkList(`${place}.toolCalls`, toolCalls) : [];
  const content = message["content"] ?? (calls.length > 0 ? "" : undefined);
  return {
    content: textOf(`${place}.content`, content),
    ...(reasoning ? { reasoning: checkString(`${place}.reasoning`, reasoning) } : {}),
    ...(calls.length > 0
      ? { toolCalls: calls.map((call, index) => toolCallOf(`${place}.toolCalls[${index}]`, call)) }
      : {}),
  };
}

function toolCallOf(place: string, value: unknown): ToolCall {
  const call = checkObject(place, value);
  const body = call["function"] === undefined ? call : checkObject(`${place}.function`, call["function"]);
  return {
    id: checkString(`${place}.id`, call["id"]),
    name: checkString(`${place}.name`, body["name"]),
    arguments: checkString(`${place}.arguments`, body["arguments"]),
  };
}

/** Text, given as such or as text parts. */
function textOf(place: string, content: unknown): string {
  if (!Array.isArray(content)) return checkString(place, content);
  return content
    .map((part, index) => {
      const { type, text } = checkObject(`${place}[${index}]`, part);
      if (type !== "text") throw wrong(`${place}[${index}]`, "only text is possible here");
      return checkString(`${place}[${index}].text`, text);
    })
    .join("");
}

/** Texts are checked here; the other parts stay as they were given until `normalize-parts.ts` is loaded for them. */
function userContent(place: string, content: unknown): string | readonly Part[] {
  if (!Array.isArray(content)) return checkString(place, content);
  if (content.length === 0) throw wrong(place, "the list of parts is empty");
  return content.map((part, index) => {
    const { type, text } = checkObject(`${place}[${index}]`, part);
    return type === "text" ? { type, text: checkString(`${place}[${index}].text`, text) } : (part as Part);
  });
}
