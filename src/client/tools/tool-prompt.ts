import type { AssistantMessage, Message, ToolCall, ToolMessage, UserMessage } from "../../core/message.ts";
import type { ToolDefinition } from "../../core/tool.ts";

/** The tools and how to call them in a text: the notation of Hermes and Qwen, which most models know. */
export function promptedTools(tools: readonly ToolDefinition[], required: boolean): string {
  const when = required ? "Answer with a call of a tool and nothing else." : "Call a tool where it helps.";
  return `${toolList(tools)}

${when} Write each call like this, as JSON between tags, and then stop:
<tool_call>
{"name": "<name of the tool>", "arguments": {<its arguments>}}
</tool_call>
What comes of it is told in the next message, between <tool_response> tags.`;
}

/** The tools, for a model that is held to a schema of their calls. */
export function forcedTools(tools: readonly ToolDefinition[]): string {
  return `${toolList(tools)}

Answer with the calls of tools that help with the request, as JSON and nothing else:
{"calls": [{"name": "<name of the tool>", "arguments": {<its arguments>}}]}`;
}

function toolList(tools: readonly ToolDefinition[]): string {
  const lines = tools.map(({ name, description, parameters }) => JSON.stringify({ name, description, parameters }));
  return `# Tools\n\nThere are these tools, each with the JSON Schema of its parameters:\n${lines.join("\n")}`;
}

/** Calls and their results as text, for a template that would drop them. Results become the user's, and one message with what the user says next. */
export function exchangesAsText(messages: readonly Message[]): readonly Message[] {
  const written: Message[] = [];
  for (const message of messages) {
    const last = written.at(-1);
    const next = asText(message);
    if (next.role === "user" && isResponse(last)) written[written.length - 1] = joined(last, next);
    else written.push(next);
  }
  return written;
}

function asText(message: Message): Exclude<Message, ToolMessage> {
  if (message.role === "assistant") return callsAsText(message);
  if (message.role !== "tool") return message;
  return { role: "user", content: `<tool_response>\n${message.content}\n</tool_response>` };
}

function callsAsText({ toolCalls = [], ...message }: AssistantMessage): AssistantMessage {
  if (toolCalls.length === 0) return message;
  const content = [message.content, ...toolCalls.map(callAsText)].filter((part) => part !== "").join("\n");
  return { ...message, content };
}

function callAsText({ name, arguments: text }: ToolCall): string {
  return `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${text.trim() || "{}"}}\n</tool_call>`;
}

/** What tools answered, as the user's. */
const isResponse = (message: Message | undefined): message is UserMessage & { readonly content: string } =>
  message?.role === "user" && typeof message.content === "string" && message.content.startsWith("<tool_response>");

/** Templates want user and assistant to take turns. */
function joined(response: UserMessage & { readonly content: string }, next: UserMessage): UserMessage {
  if (typeof next.content === "string") return { ...next, content: `${response.content}\n${next.content}` };
  return { ...next, content: [{ type: "text", text: `${response.content}\n` }, ...next.content] };
}
