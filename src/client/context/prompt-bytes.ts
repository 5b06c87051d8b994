import type { Message } from "../../core/message.ts";
import type { ChatRequest, CompletionRequest } from "../../core/request.ts";

/**
 * What a template may add, in tokens: its own system message and the words around tools, a thousand of them where it is
 * Cohere's or Mistral's, and the marks of each message.
 */
const ofTemplate = 1_024;
const ofMessage = 16;

/** Bytes of text for a token, where nothing better is known: somewhat less than English has in today's vocabularies. */
const bytesOfToken = 4;

/** Text of a message that reaches the model, in bytes of UTF-8; pictures apart. */
export function messageBytes(message: Message): number {
  const { content } = message;
  const text =
    typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : "")).join("");
  const calls = message.role === "assistant" && message.toolCalls ? JSON.stringify(message.toolCalls) : "";
  const thinking = message.role === "assistant" ? (message.reasoning ?? "") : "";
  return Buffer.byteLength(text) + Buffer.byteLength(calls) + Buffer.byteLength(thinking);
}

/** Whether a message has a picture, sound or film, whose tokens nobody can tell from its bytes. */
export const hasMedia = ({ content }: Message): boolean =>
  typeof content !== "string" && content.some(({ type }) => type !== "text");

/** Most tokens that a prompt can have, since a token is at least a byte of it; undefined where it has pictures. */
export function mostTokens(request: ChatRequest | CompletionRequest): number | undefined {
  if (request.kind === "completion") {
    const { prompt, suffix = "" } = request;
    return (
      (typeof prompt === "string" ? Buffer.byteLength(prompt) : prompt.length) + Buffer.byteLength(suffix) + ofMessage
    );
  }
  const { messages, tools, responseFormat } = request;
  if (messages.some(hasMedia)) return undefined;
  const text = messages.reduce((sum, message) => sum + messageBytes(message) + ofMessage, ofTemplate);
  // A template may write definitions out with an indentation, and Ollama or others a schema into the prompt.
  return text + 2 * (jsonBytes(tools) + jsonBytes(responseFormat)) + (tools ? ofTemplate : 0);
}

/** Text of a conversation, its tools included, in bytes. */
export const textBytes = ({ messages, tools }: ChatRequest): number =>
  messages.reduce((sum, message) => sum + messageBytes(message), jsonBytes(tools));

/** About how many tokens a conversation has, where its server counts none. */
export const likelyTokens = (request: ChatRequest): number => Math.ceil(textBytes(request) / bytesOfToken);

/** Fewest tokens that a text has in any vocabulary in use: tokens do not go on over white space between words. */
export function fewestTokens(request: ChatRequest | CompletionRequest): number {
  if (request.kind === "completion")
    return typeof request.prompt === "string" ? words(request.prompt) : request.prompt.length;
  // What the assistant said may be left out by the template, its thinking for one.
  return request.messages.reduce((sum, { role, content }) => {
    if (role === "assistant") return sum;
    return sum + (typeof content === "string" ? words(content) : 0);
  }, 0);
}

const words = (text: string): number => text.match(/\p{L}+(?=\s)/gu)?.length ?? 0;

const jsonBytes = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value)));
