import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";

import type { MediaPartInput, UserMessageInput } from "../../client/inputs.ts";
import type { Message } from "../../core/message.ts";
import type { Warning } from "../../core/result.ts";
import { blocksOf, partOf, type Block } from "./langchain-content.ts";
import { unsupportedInput, wrongInput } from "./langchain-error.ts";

type Input = Message | UserMessageInput;

/** Blocks of the model's own that are told elsewhere in its message, or only to the application. */
const toldElsewhere = new Set([
  "tool_call",
  "tool_call_chunk",
  "tool_use",
  "input_json_delta",
  "function_call",
  "invalid_tool_call",
]);

/** Messages of LangChain as the client's; what a message cannot hold is told in `warnings`, or refused. */
export function messagesOf(messages: readonly BaseMessage[], warnings: Warning[]): readonly Input[] {
  return messages.flatMap((message, index): readonly Input[] => {
    const place = `messages[${index}]`;
    const named = message.name === undefined ? {} : { name: message.name };
    switch (roleOf(place, message)) {
      case "system":
        return [{ role: "system", content: textOf(place, message), ...named }];
      case "user":
        return [{ role: "user", content: userContent(place, message), ...named }];
      case "assistant":
        return [{ ...assistantMessage(message, warnings), ...named }];
      case "tool":
        return toolResult(place, message, warnings);
    }
  });
}

function roleOf(place: string, message: BaseMessage): Message["role"] {
  const type = message.getType();
  switch (type === "generic" ? String((message as BaseMessage & { role?: unknown }).role) : type) {
    case "human":
    case "user":
      return "user";
    case "ai":
    case "assistant":
      return "assistant";
    case "system":
    case "developer":
      return "system";
    case "tool":
      return "tool";
    case "function":
      throw unsupportedInput(place, "messages of functions are of an API that no server has", "Use ToolMessage.");
    default:
      throw wrongInput(place, `expected a system, human, ai or tool message, got "${type}"`);
  }
}

/** Text alone; what else is there is refused. */
function textOf(place: string, { content }: BaseMessage): string {
  const blocks = blocksOf(content);
  const other = blocks.find(({ type }) => type !== "text");
  if (other) throw unsupportedInput(place, "only text is possible here", "Show files in a message of the user.");
  return blocks.map(({ text }) => String(text)).join("");
}

function userContent(place: string, { content }: BaseMessage): UserMessageInput["content"] {
  if (typeof content === "string") return content;
  return blocksOf(content).map((block, index) => partOf(`${place}.content[${index}]`, block));
}

function assistantMessage(message: BaseMessage, warnings: Warning[]): Message {
  const texts: string[] = [];
  const thoughts: string[] = [];
  for (const block of blocksOf(message.content)) {
    const { type, text, reasoning, thinking, refusal } = block;
    if (type === "text") texts.push(String(text));
    else if (type === "refusal") texts.push(String(refusal));
    else if (type === "reasoning" && typeof reasoning === "string") thoughts.push(reasoning);
    else if (type === "thinking" && typeof thinking === "string") thoughts.push(thinking);
    else if (!toldElsewhere.has(String(type))) warnings.push(leftOut(`${String(type)} in a message of the model`));
  }
  const calls = AIMessage.isInstance(message) ? (message.tool_calls ?? []) : [];
  if (AIMessage.isInstance(message) && (message.invalid_tool_calls ?? []).length > 0) {
    warnings.push(leftOut("calls whose arguments are no JSON"));
  }
  const told = message.additional_kwargs["reasoning_content"];
  const thought = thoughts.length === 0 && typeof told === "string" ? told : thoughts.join("");
  return {
    role: "assistant",
    content: texts.join(""),
    ...(thought === "" ? {} : { reasoning: thought }),
    ...(calls.length === 0
      ? {}
      : {
          toolCalls: calls.map(({ id, name, args }, index) => ({
            id: id ?? `call-${index}`,
            name,
            arguments: JSON.stringify(args),
          })),
        }),
  };
}

const leftOut = (what: string): Warning => ({
  option: "messages",
  message: `${what}: a server is not shown them, they were left out.`,
});

/** The result of a tool, and after it its files as a message of the user, which alone can hold some. */
function toolResult(place: string, message: BaseMessage, warnings: Warning[]): readonly Input[] {
  if (!ToolMessage.isInstance(message)) throw wrongInput(place, "a message of a tool is a ToolMessage");
  const texts: string[] = [];
  const files: MediaPartInput[] = [];
  for (const [index, block] of blocksOf(message.content).entries()) {
    const part = resultPart(`${place}.content[${index}]`, block);
    if (part.type === "text") texts.push(part.text);
    else {
      files.push(part);
      texts.push(`(File ${files.length} of this result, ${part.name ?? part.mediaType ?? part.type}, follows.)`);
    }
  }
  const result: Message = { role: "tool", toolCallId: message.tool_call_id, content: texts.join("\n") };
  if (files.length === 0) return [result];
  warnings.push({
    option: "messages",
    message: "A result of a tool is text to every server: its files follow in a message of the user.",
  });
  return [result, { role: "user", content: files }];
}

/** Tools give JSON of any shape, too: an object that is no block is told as what it is. */
function resultPart(place: string, block: Block): ReturnType<typeof partOf> {
  return typeof block["type"] === "string" ? partOf(place, block) : { type: "text", text: JSON.stringify(block) };
}
