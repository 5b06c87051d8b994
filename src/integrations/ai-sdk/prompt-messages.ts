import type { MediaPartInput, UserMessageInput } from "../../client/inputs.ts";
import { InhouseError } from "../../core/error.ts";
import type { AssistantMessage, Message, TextPart, ToolCall } from "../../core/message.ts";
import type { SpecMessage, SpecPart, SpecWarning } from "./ai-sdk-spec.ts";
import { filePart, type SpecFile } from "./prompt-file.ts";
import { toldOutput } from "./tool-output.ts";

type Fields = SpecPart & Readonly<Record<string, unknown>>;

/** The prompt of the AI SDK as messages; what a message cannot hold is told in `warnings`, or refused (`unsupported`). */
export function messagesOf(
  prompt: readonly SpecMessage[],
  warnings: SpecWarning[],
): readonly (Message | UserMessageInput)[] {
  return prompt.flatMap(({ role, content }, index): readonly (Message | UserMessageInput)[] => {
    const place = `messages[${index}]`;
    const parts = (typeof content === "string" ? [{ type: "text", text: content }] : content) as readonly Fields[];
    switch (role) {
      case "system":
        return [{ role, content: textOf(parts, "text") }];
      case "user":
        return [{ role, content: userContent(place, parts) }];
      case "assistant":
        return assistantTurn(place, parts, warnings);
      case "tool":
        return results(place, parts, warnings);
      default:
        throw new InhouseError("invalid-request", `${place}.role: expected system, user, assistant or tool.`);
    }
  });
}

function userContent(place: string, parts: readonly Fields[]): UserMessageInput["content"] {
  const list = parts.map((part, index): TextPart | MediaPartInput =>
    part.type === "text"
      ? { type: "text", text: String(part["text"]) }
      : filePart(`${place}.content[${index}]`, part as Fields & SpecFile),
  );
  const [only] = list;
  return list.length === 1 && only?.type === "text" && "text" in only ? only.text : list;
}

/** A turn of the model; what a provider's own tool gave in its middle is told as any other result. */
function assistantTurn(
  place: string,
  parts: readonly Fields[],
  warnings: SpecWarning[],
): readonly (Message | UserMessageInput)[] {
  const turns: (Message | UserMessageInput)[] = [];
  let said: Fields[] = [];
  const close = (): void => {
    if (said.length > 0) turns.push(assistantMessage(said));
    said = [];
  };
  for (const part of parts) {
    if (part.type === "tool-result") {
      close();
      turns.push(...results(place, [part], warnings));
    } else if (part.type === "text" || part.type === "reasoning" || part.type === "tool-call") said.push(part);
    else {
      const details = "A server is shown no file, and no part of a provider's own, that a model made: it was left out.";
      warnings.push({ type: "unsupported", feature: `${part.type} in a message of the assistant`, details });
    }
  }
  close();
  return turns;
}

const textOf = (parts: readonly Fields[], type: "text" | "reasoning"): string =>
  parts.flatMap((part) => (part.type === type ? [String(part["text"])] : [])).join("");

function assistantMessage(parts: readonly Fields[]): AssistantMessage {
  const reasoning = textOf(parts, "reasoning");
  const toolCalls = parts.flatMap((part): ToolCall[] => (part.type === "tool-call" ? [callOf(part)] : []));
  return {
    role: "assistant",
    content: textOf(parts, "text"),
    ...(reasoning === "" ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

const callOf = ({ toolCallId, toolName, input }: Fields): ToolCall => ({
  id: String(toolCallId),
  name: String(toolName),
  arguments: typeof input === "string" ? input : JSON.stringify(input ?? {}),
});

/** Results of tools, and after them their files as a message of the user, which alone can hold some. */
function results(
  place: string,
  parts: readonly Fields[],
  warnings: SpecWarning[],
): readonly (Message | UserMessageInput)[] {
  const messages: (Message | UserMessageInput)[] = [];
  const files: MediaPartInput[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.type !== "tool-result") continue; // an approval, which the AI SDK has heeded
    const told = toldOutput(`${place}.content[${index}]`, part["output"] as Fields);
    messages.push({ role: "tool", toolCallId: String(part["toolCallId"]), content: told.text });
    files.push(...told.files);
  }
  if (files.length === 0) return messages;
  const details = "A result of a tool is text to every server: its files follow in a message of the user.";
  warnings.push({ type: "compatibility", feature: "files in results of tools", details });
  return [...messages, { role: "user", content: files }];
}
