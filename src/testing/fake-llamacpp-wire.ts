import type { ModelEvent } from "../core/event.ts";
import type { FakeRequest } from "./fake-request.ts";
import { answer } from "./memory-answers.ts";

type Body = FakeRequest["body"];

/** Writes events as the objects of a stream. */
export type Wire = (events: readonly ModelEvent[], model: string) => readonly (string | object)[];

/** The stream of `/v1/chat/completions`. */
export const chatWire =
  (withLogprobs: boolean): Wire =>
  (events, model) => {
    const chunk = (choices: unknown, more: object = {}): object => ({
      choices,
      created: 0,
      id: "chatcmpl-fake",
      model,
      system_fingerprint: "b0-fake",
      object: "chat.completion.chunk",
      ...more,
    });
    const delta = (index: number, fields: object): object => chunk([{ finish_reason: null, index, delta: fields }]);
    return [
      delta(0, { role: "assistant", content: null }),
      ...events.flatMap((event): (string | object)[] => {
        if (event.type === "text-delta") {
          const { choice: index, text } = event;
          const logprobs = withLogprobs
            ? { logprobs: { content: [{ token: text, logprob: 0, top_logprobs: [] }] } }
            : {};
          return [chunk([{ finish_reason: null, index, delta: { content: text }, ...logprobs }])];
        }
        if (event.type === "tool-call") {
          const { index, id, name, arguments: text } = event;
          return [
            delta(event.choice, { tool_calls: [{ index, id, type: "function", function: { name, arguments: text } }] }),
          ];
        }
        if (event.type !== "finish") return [];
        return [
          ...event.finishReasons.map((reason, index) =>
            chunk([{ finish_reason: reason.replace("-", "_"), index, delta: {} }]),
          ),
          chunk([], { usage: usage(event.usage), timings: { cache_n: 0, prompt_ms: 1, predicted_ms: 1 } }),
          "[DONE]",
        ];
      }),
    ];
  };

/** The stream of `/completion` and `/infill`, which has no `[DONE]`. */
export const completionWire: Wire = (events, model) =>
  events.flatMap((event): object[] => {
    if (event.type === "text-delta") return [{ index: event.choice, content: event.text, tokens: [], stop: false }];
    if (event.type !== "finish") return [];
    const { inputTokens = 0, outputTokens = 0 } = event.usage ?? {};
    return event.finishReasons.map((reason, index) => ({
      index,
      content: "",
      tokens: [],
      stop: true,
      model,
      stop_type: reason === "length" ? "limit" : "eos",
      tokens_evaluated: inputTokens,
      tokens_predicted: outputTokens / event.finishReasons.length,
      timings: { cache_n: 0, prompt_ms: 1, predicted_ms: 1 },
    }));
  });

function usage(counted: { readonly inputTokens: number; readonly outputTokens: number } | undefined): object {
  const { inputTokens = 0, outputTokens = 0 } = counted ?? {};
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

/** The reply of `GET /v1/models`. */
export function modelList(id: string, contextLength: number, hears: boolean): object {
  return {
    object: "list",
    data: [
      {
        id,
        aliases: [id],
        object: "model",
        owned_by: "llamacpp",
        architecture: { input_modalities: hears ? ["text", "audio"] : ["text"], output_modalities: ["text"] },
        meta: { n_ctx: contextLength, n_ctx_train: contextLength, n_embd: 26, n_params: 0, size: 0, ftype: "F16" },
      },
    ],
  };
}

/** The reply of `GET /props`. */
export function props(
  model: string,
  contextLength: number,
  { tools, hears, slots }: { readonly tools: boolean; readonly hears: boolean; readonly slots: number },
): object {
  return {
    default_generation_settings: { n_ctx: contextLength },
    total_slots: slots,
    model_alias: model,
    model_ftype: "F16",
    modalities: { vision: false, video: false, audio: hears },
    chat_template: "",
    chat_template_caps: { supports_tools: tools, supports_tool_calls: tools },
    build_info: "b0-fake",
  };
}

/** The reply of `GET /slots`. */
export const slotList = (slots: number, busy: number, contextLength: number): readonly object[] =>
  Array.from({ length: slots }, (_, id) => ({ id, n_ctx: contextLength, is_processing: id < busy }));

/** The reply of `POST /tokenize`. */
export function tokens(text: string, withPieces: boolean): object {
  const ids = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return { tokens: withPieces ? ids.map((id) => ({ id, piece: String.fromCharCode(id) })) : ids };
}

/** The reply of `POST /v1/embeddings`. */
export function embeddings(body: Body, settings: Parameters<typeof answer>[1]): object {
  const events = answer({ kind: "embedding", inputs: body["input"] as string[] }, settings);
  const data = events.flatMap((event) =>
    event.type === "embedding" ? [{ object: "embedding", index: event.index, embedding: base64(event.vector) }] : [],
  );
  return { object: "list", model: settings.model, data, usage: { prompt_tokens: 1, total_tokens: 1 } };
}

const base64 = (vector: readonly number[]): string => Buffer.from(Float32Array.from(vector).buffer).toString("base64");

/** The reply of `POST /v1/rerank`. */
export function rerank(body: Body, settings: Parameters<typeof answer>[1]): object {
  const documents = body["documents"] as string[];
  const events = answer({ kind: "rerank", query: String(body["query"]), documents }, settings);
  const results = events.flatMap((event) =>
    event.type === "ranking" ? [{ index: event.index, relevance_score: event.score }] : [],
  );
  return { object: "list", model: settings.model, results, usage: { prompt_tokens: 1, total_tokens: 1 } };
}
