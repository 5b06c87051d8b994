import type { FakeRequest } from "./fake-request.ts";
import { answer } from "./memory-answers.ts";

type Body = FakeRequest["body"];
type Settings = Parameters<typeof answer>[1];

/** Counted tokens, as vLLM writes them. */
export function usageOf(counted: { readonly inputTokens: number; readonly outputTokens: number } | undefined): object {
  const { inputTokens = 0, outputTokens = 0 } = counted ?? {};
  return { prompt_tokens: inputTokens, total_tokens: inputTokens + outputTokens, completion_tokens: outputTokens };
}

/** The tokens of a text: a token is a UTF-16 unit. */
export const unitsOf = (text: string): readonly number[] =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));

/** The reply of `POST /tokenize`. */
export function tokens(body: Body, contextLength: number): object {
  const messages = (body["messages"] as { content: string | null }[] | undefined) ?? [];
  const ids = unitsOf(
    (body["prompt"] as string | undefined) ?? messages.map(({ content }) => content ?? "").join("\n"),
  );
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
