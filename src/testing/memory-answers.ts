import { InhouseError } from "../core/error.ts";
import type { ModelEvent } from "../core/event.ts";
import type { Message } from "../core/message.ts";
import type { ChatRequest, CompletionRequest, ModelRequest } from "../core/request.ts";
import type { FinishReason } from "../core/result.ts";
import { heard } from "./memory-hearing.ts";

/** What an answer is made for. */
export interface AnswerSettings {
  readonly model: string;
  readonly contextLength: number;
  /** The text to answer with. Default: the prompt's words again. */
  readonly text?: string;
}

/** The events with which `memory()` answers a request: what every provider's reply is like. */
export function answer(request: ModelRequest, settings: AnswerSettings): readonly ModelEvent[] {
  switch (request.kind) {
    case "chat":
      return generated(request, chatPrompt(request), settings);
    case "completion":
      return generated(request, promptText(request), settings);
    case "embedding":
      return plain(
        request.inputs.map((text, index) => ({ type: "embedding", index, vector: letters(text) })),
        settings,
        request.inputs.map(tokensOf).reduce((sum, { length }) => sum + length, 0),
      );
    case "rerank":
      return plain(ranked(request.query, request.documents, request.topN), settings, request.query.length);
    case "classification":
      return plain(request.inputs.map(classified), settings);
    case "transcription":
      return heard(request, settings);
    case "tokenization": {
      const tokens = tokensOf(request.text ?? (request.messages ?? []).map(messageText).join("\n"));
      const pieces = request.withPieces ? { pieces: tokens.map((token) => String.fromCharCode(token)) } : {};
      return plain([{ type: "tokens", tokens, ...pieces }], settings);
    }
    case "detokenization":
      return plain([{ type: "text-delta", choice: 0, text: textOf(request.tokens) }], settings);
  }
}

function plain(events: readonly ModelEvent[], { model }: AnswerSettings, inputTokens?: number): readonly ModelEvent[] {
  const usage = inputTokens === undefined ? {} : { usage: { inputTokens, outputTokens: 0 } };
  return [{ type: "start" }, ...events, { type: "finish", finishReasons: [], model, ...usage }];
}

/** Two classes, told apart by the length of the text. */
function classified(text: string, index: number): ModelEvent {
  const long = Math.min(tokensOf(text).length, 100) / 100;
  return { type: "classification", index, label: long > 0.5 ? "long" : "short", scores: [1 - long, long] };
}

/** How many tokens a prompt has: those of all its messages. */
export function lengthOfPrompt(request: ChatRequest | CompletionRequest): number {
  return promptText(request).length; // a token is a UTF-16 unit
}

function promptText(request: ChatRequest | CompletionRequest): string {
  if (request.kind === "chat") return request.messages.map(messageText).join("\n");
  return typeof request.prompt === "string" ? request.prompt : textOf(request.prompt);
}

/** The last thing the user said; with a prefill, what the assistant has begun to say is not repeated. */
function chatPrompt({ messages }: ChatRequest): string {
  const last = messages.findLast(({ role }) => role === "user");
  return last ? messageText(last) : "";
}

function messageText({ content }: { readonly content: Message["content"] | null }): string {
  if (typeof content === "string") return content;
  if (content === null) return ""; // beside tool calls, on the wire
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function generated(
  request: ChatRequest | CompletionRequest,
  prompt: string,
  { model, contextLength, text = prompt }: AnswerSettings,
): readonly ModelEvent[] {
  if (request.logprobs !== undefined && request.logprobs !== false) throw cannot("has no probabilities");
  if (request.sampling.grammar !== undefined) throw cannot("obeys no grammar");
  const inputTokens = lengthOfPrompt(request);
  if (inputTokens >= contextLength) {
    throw new InhouseError("context-length", `The prompt has ${inputTokens} tokens, the context ${contextLength}.`, {
      provider: "memory",
      model,
      promptTokens: inputTokens,
      contextLength,
    });
  }
  const call = request.kind === "chat" ? forcedCall(request) : undefined;
  const { words, finishReason } = limited(text, request);
  const choices = Array.from({ length: request.n ?? 1 }, (_, choice) => choice);
  const content = choices.flatMap((choice): readonly ModelEvent[] =>
    call
      ? [
          { type: "tool-call-delta", choice, index: 0, id: "call_0", name: call, arguments: "{}" },
          { type: "tool-call", choice, index: 0, id: "call_0", name: call, arguments: "{}" },
        ]
      : words.map((word) => ({ type: "text-delta", choice, text: word })),
  );
  return [
    { type: "start" },
    ...content,
    {
      type: "finish",
      finishReasons: choices.map(() => (call ? "tool-calls" : finishReason)),
      model,
      usage: { inputTokens, outputTokens: choices.length * words.length },
    },
  ];
}

const cannot = (what: string): InhouseError =>
  new InhouseError("unsupported", `memory() ${what}.`, { provider: "memory" });

/** The text word by word, cut at a stop text or at the token limit; a word counts as a token. */
function limited(text: string, { sampling }: ChatRequest | CompletionRequest) {
  const { stop = [], maxTokens = Number.POSITIVE_INFINITY } = sampling;
  const ends = stop.map((mark) => text.indexOf(mark)).filter((at) => at >= 0);
  const words = text.slice(0, Math.min(text.length, ...ends)).match(/\s*\S+|\s+$/g) ?? [];
  const finishReason: FinishReason = words.length > maxTokens ? "length" : "stop";
  return { words: words.slice(0, maxTokens), finishReason };
}

function forcedCall({ tools = [], toolChoice }: ChatRequest): string | undefined {
  if (typeof toolChoice === "object") return toolChoice.name;
  return toolChoice === "required" ? tools[0]?.name : undefined;
}

/** How often each letter occurs: enough for like texts to have like vectors. */
function letters(text: string): readonly number[] {
  const counts = Array.from(
    { length: 26 },
    (_, letter) => text.toLowerCase().split(String.fromCharCode(97 + letter)).length - 1,
  );
  const length = Math.hypot(...counts);
  return length === 0 ? counts.map(() => 1 / Math.sqrt(26)) : counts.map((count) => count / length);
}

/** The share of the query's words that a document has. */
function ranked(query: string, documents: readonly string[], topN = documents.length): readonly ModelEvent[] {
  const words = query.toLowerCase().split(/\W+/).filter(Boolean);
  return documents
    .map((document, index): ModelEvent & { readonly score: number } => {
      const has = new Set(document.toLowerCase().split(/\W+/));
      return {
        type: "ranking",
        index,
        score: words.filter((word) => has.has(word)).length / Math.max(1, words.length),
      };
    })
    .toSorted((a, b) => b.score - a.score)
    .slice(0, topN);
}

const tokensOf = (text: string): readonly number[] =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
const textOf = (tokens: readonly number[]): string => tokens.map((token) => String.fromCharCode(token)).join("");
