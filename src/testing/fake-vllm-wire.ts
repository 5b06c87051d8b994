import type { ModelEvent } from "../core/event.ts";
import type { FakeRequest } from "./fake-server.ts";
import { answer } from "./memory-answers.ts";

type Body = FakeRequest["body"];
type Settings = Parameters<typeof answer>[1];

/** What is known of a generation when its reply is written. */
export interface Generated {
  readonly events: readonly ModelEvent[];
  readonly body: Body;
  readonly model: string;
}

/** The reply of `/v1/chat/completions`, as a stream. */
export function chatStream({ events, body, model }: Generated): readonly (string | object)[] {
  const chunk = (choices: unknown, more: object = {}): object => ({
    id: "chatcmpl-fake",
    object: "chat.completion.chunk",
    created: 0,
    model,
    choices,
    ...more,
  });
  const delta = (index: number, fields: object, more: object = {}): object =>
    chunk([{ index, delta: fields, logprobs: null, finish_reason: null, ...more }]);
  const choices = Array.from({ length: Number(body["n"] ?? 1) }, (_, index) => index);
  return [
    ...choices.map((index) => delta(index, { role: "assistant", content: "" })),
    ...events.flatMap((event): (string | object)[] => {
      if (event.type === "text-delta")
        return [delta(event.choice, { content: event.text }, chatLogprobs(body, event.text))];
      if (event.type === "tool-call") {
        const { index, id, name, arguments: text } = event;
        return [
          delta(event.choice, { content: null, tool_calls: [{ id, type: "function", index, function: { name } }] }),
          delta(event.choice, { content: null, tool_calls: [{ index, function: { arguments: text } }] }),
        ];
      }
      if (event.type !== "finish") return [];
      return [
        ...event.finishReasons.map((reason, index) => delta(index, {}, { finish_reason: reasonOf(reason, body) })),
        ...(usageWanted(body) ? [chunk([], { usage: usageOf(event.usage) })] : []),
        "[DONE]",
      ];
    }),
  ];
}

/** The reply of `/v1/chat/completions`, whole. */
export function chatReply({ events, body, model }: Generated): object {
  const finish = events.find((event) => event.type === "finish");
  return {
    id: "chatcmpl-fake",
    object: "chat.completion",
    model,
    choices: (finish?.finishReasons ?? []).map((reason, index) => ({
      index,
      message: { role: "assistant", content: textOf(events, index), reasoning: null },
      logprobs: chatLogprobs(body, textOf(events, index)).logprobs,
      finish_reason: reasonOf(reason, body),
    })),
    usage: usageOf(finish?.usage),
    ...promptLogprobs(body, "user"),
  };
}

/** The reply of `/v1/completions`, as a stream. */
export function completionStream({ events, body, model }: Generated): readonly (string | object)[] {
  const chunk = (choices: unknown, more: object = {}): object => ({
    id: "cmpl-fake",
    object: "text_completion",
    created: 0,
    model,
    choices,
    ...more,
  });
  return events.flatMap((event): (string | object)[] => {
    if (event.type === "text-delta") return [chunk([{ index: event.choice, text: event.text, finish_reason: null }])];
    if (event.type !== "finish") return [];
    return [
      ...event.finishReasons.map((reason, index) => chunk([{ index, text: "", finish_reason: reason }])),
      ...(usageWanted(body) ? [chunk([], { usage: usageOf(event.usage) })] : []),
      "[DONE]",
    ];
  });
}

/** The reply of `/v1/completions`, whole. */
export function completionReply({ events, body, model }: Generated): object {
  const finish = events.find((event) => event.type === "finish");
  return {
    id: "cmpl-fake",
    object: "text_completion",
    model,
    choices: (finish?.finishReasons ?? []).map((reason, index) => ({
      index,
      text: textOf(events, index),
      finish_reason: reason,
      ...promptLogprobs(body, String(body["prompt"])),
    })),
    usage: usageOf(finish?.usage),
  };
}

const usageWanted = (body: Body): boolean =>
  (body["stream_options"] as { include_usage?: boolean } | undefined)?.include_usage === true;

/** A call of a tool by name ends with `stop`, any other with `tool_calls`. */
function reasonOf(reason: string, body: Body): string {
  if (reason !== "tool-calls") return reason;
  return typeof body["tool_choice"] === "object" ? "stop" : "tool_calls";
}

function textOf(events: readonly ModelEvent[], choice: number): string {
  return events.map((event) => (event.type === "text-delta" && event.choice === choice ? event.text : "")).join("");
}

function chatLogprobs(body: Body, token: string): { readonly logprobs: object | null } {
  if (body["logprobs"] !== true) return { logprobs: null };
  return { logprobs: { content: [{ token, logprob: 0, bytes: null, top_logprobs: [] }] } };
}

/** Every token of a prompt is sure; a token is a UTF-16 unit. */
function promptLogprobs(body: Body, prompt: string): object {
  if (body["prompt_logprobs"] === undefined) return { prompt_logprobs: null, prompt_token_ids: null };
  const ids = unitsOf(prompt);
  const entry = (id: number): object => ({ [id]: { logprob: 0, rank: 1, decoded_token: String.fromCharCode(id) } });
  return { prompt_logprobs: ids.map((id, place) => (place === 0 ? null : entry(id))), prompt_token_ids: ids };
}

function usageOf(counted: { readonly inputTokens: number; readonly outputTokens: number } | undefined): object {
  const { inputTokens = 0, outputTokens = 0 } = counted ?? {};
  return { prompt_tokens: inputTokens, total_tokens: inputTokens + outputTokens, completion_tokens: outputTokens };
}

const unitsOf = (text: string): readonly number[] =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));

/** The reply of `POST /tokenize`. */
export function tokens(body: Body, contextLength: number): object {
  const messages = (body["messages"] as { content: string }[] | undefined) ?? [];
  const ids = unitsOf((body["prompt"] as string | undefined) ?? messages.map(({ content }) => content).join("\n"));
  const spellings = body["return_token_strs"] === true ? ids.map((id) => String.fromCharCode(id)) : null;
  return { count: ids.length, max_model_len: contextLength, tokens: ids, token_strs: spellings };
}

/** The reply of `POST /v1/embeddings`, of `/pooling` with another name for the vector. */
export function embeddings(body: Body, settings: Settings, name = "embedding"): object {
  const events = answer({ kind: "embedding", inputs: [body["input"]].flat() as string[] }, settings);
  const written = (vector: readonly number[]): unknown =>
    body["encoding_format"] === "base64" ? base64(vector) : vector;
  const data = events.flatMap((event) =>
    event.type === "embedding" ? [{ index: event.index, object: name, [name]: written(event.vector) }] : [],
  );
  return { id: "embd-fake", object: "list", model: settings.model, data, usage: usageOf(undefined) };
}

const base64 = (vector: readonly number[]): string => Buffer.from(Float32Array.from(vector).buffer).toString("base64");

/** The reply of `POST /rerank`. */
export function rerank(body: Body, settings: Settings): object {
  const documents = body["documents"] as string[];
  const results = ranked(String(body["query"]), documents, settings).map(({ index, score }) => ({
    index,
    document: { text: documents[index], multi_modal: null },
    relevance_score: score,
  }));
  return { id: "score-fake", model: settings.model, results, usage: { prompt_tokens: 1, total_tokens: 1 } };
}

/** The reply of `POST /score`. */
export function scores(body: Body, settings: Settings): object {
  const documents = [body["documents"]].flat() as string[];
  const data = ranked(String([body["queries"]].flat()[0]), documents, settings)
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, score }) => ({ index, object: "score", score }));
  return { id: "score-fake", object: "list", model: settings.model, data, usage: usageOf(undefined) };
}

function ranked(query: string, documents: readonly string[], settings: Settings) {
  return answer({ kind: "rerank", query, documents }, settings).flatMap((event) =>
    event.type === "ranking" ? [event] : [],
  );
}

/** The reply of `POST /classify`. */
export function classes(body: Body, settings: Settings): object {
  const events = answer({ kind: "classification", inputs: [body["input"]].flat() as string[] }, settings);
  const data = events.flatMap((event) =>
    event.type === "classification"
      ? [{ index: event.index, label: event.label, probs: event.scores, num_classes: event.scores.length }]
      : [],
  );
  return { id: "classify-fake", object: "list", model: settings.model, data, usage: usageOf(undefined) };
}
