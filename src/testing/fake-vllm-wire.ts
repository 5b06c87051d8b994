import type { ModelEvent } from "../core/event.ts";
import type { FakeRequest } from "./fake-request.ts";
import { unitsOf, usageOf } from "./fake-vllm-tables.ts";

type Body = FakeRequest["body"];

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
