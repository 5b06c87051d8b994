import { describe, expect, test } from "vitest";

import type { ModelEvent } from "../../src/core/event.ts";
import type { ModelRequest } from "../../src/core/request.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { canned, chatRequest, eventsOf, type CannedReply } from "../support/canned.ts";
import { cutAtEveryByte, inPiecesOf } from "../support/framing.ts";
import { failureOf } from "../support/loopback.ts";
import { recorded } from "../support/recorded.ts";

const completion = { kind: "completion", prompt: "The capital of France is", sampling: {}, stream: true } as const;
const tools = [{ name: "get_weather" }];
const prefill = [
  { role: "user", content: "What is the weather in Paris?" },
  { role: "assistant", content: "<tool_call>\n" },
] as const;

const read = (reply: CannedReply, request: ModelRequest) =>
  eventsOf(llamacpp({ transport: canned(reply) }).send, request);

function textOf(events: readonly ModelEvent[], type: "text-delta" | "reasoning-delta" = "text-delta"): string {
  return events.map((event) => (event.type === type ? event.text : "")).join("");
}

/** Recorded streams, the request that each answers, and what it says. */
const streams: readonly [name: string, request: ModelRequest, text: string, reasoning?: string][] = [
  ["17-chat-stream-usage", chatRequest(), "L'Étoile"],
  ["18-chat-stream-nousage", chatRequest(), "Hello!"],
  ["19-chat-stream-progress-timings", chatRequest(), "Hello there"],
  ["26-chat-logprobs-stream", chatRequest({ logprobs: 1 }), "Hello!"],
  ["31-completion-native-stream", { ...completion, logprobs: 1 }, " Paris.\n"],
  ["430-qwen3-think-prefill-stream", chatRequest(), "hello", "trying"],
  ["522-hermes-prefill-stream", chatRequest({ messages: prefill, tools }), ""],
];

describe.each(streams)("%s", (name, request, text, reasoning = "") => {
  const { body, ...head } = recorded(name);

  test("says what the model said", async () => {
    const events = await read({ ...head, body }, request);
    expect(textOf(events).trim()).toContain(text.trim());
    expect(textOf(events, "reasoning-delta")).toContain(reasoning);
    expect(events.at(-1)?.type).toBe("finish");
  });

  test("gives the same events, wherever it is cut", async () => {
    const whole = await read({ ...head, body }, request);
    for (const pieces of cutAtEveryByte(body)) {
      expect(await read({ ...head, body: pieces }, request)).toEqual(whole);
    }
    expect(await read({ ...head, body: inPiecesOf(1, body) }, request)).toEqual(whole);
  });

  test("is never taken for complete, when its end is missing", async () => {
    const end = name.startsWith("31-") ? '"stop":true' : '"finish_reason":"';
    const cutBefore = body.indexOf(end);
    for (let at = 0; at < cutBefore; at += 7) {
      const error = await failureOf(read({ ...head, body: body.subarray(0, at) }, request));
      expect(["truncated", "protocol"]).toContain(error.code);
    }
  });
});

test("17-chat-stream-usage: usage, timings, model and id", async () => {
  expect((await read(recorded("17-chat-stream-usage"), chatRequest())).at(-1)).toEqual({
    type: "finish",
    finishReasons: ["length"],
    model: "smollm2",
    responseId: "chatcmpl-pyozKkwF97Firx3mPK9FkQpBgTzvAOz7",
    usage: { inputTokens: 37, outputTokens: 6, cachedInputTokens: 36 },
    timings: {
      promptMs: 24.598,
      generationMs: 103.033,
      promptTokensPerSecond: 40.65371168387674,
      outputTokensPerSecond: 48.52814146923801,
    },
  });
});

test("19-chat-stream-progress-timings: how far the prompt was read", async () => {
  const progress = (await read(recorded("19-chat-stream-progress-timings"), chatRequest())).filter(
    ({ type }) => type === "progress",
  );
  expect(progress).toEqual([
    { type: "progress", phase: "prompt", processedTokens: 0, totalTokens: 631 },
    { type: "progress", phase: "prompt", processedTokens: 631, totalTokens: 631 },
  ]);
});

test("26-chat-logprobs-stream: a probability for each token, with its alternative", async () => {
  const events = await read(recorded("26-chat-logprobs-stream"), chatRequest({ logprobs: 1 }));
  const tokens = events.flatMap((event) => (event.type === "logprobs" ? event.tokens : []));
  expect(tokens.map(({ token }) => token).join("")).toBe("Hello!");
  expect(tokens[0]).toEqual({
    token: "Hello",
    id: 19_556,
    logprob: -0.5439180135726929,
    top: [{ token: "Hello", id: 19_556, logprob: -0.5439180135726929 }],
  });
});

test("31-completion-native-stream: logprobs once, usage and finish from its last object", async () => {
  const events = await read(recorded("31-completion-native-stream"), { ...completion, logprobs: 1 });
  expect(events.flatMap((event) => (event.type === "logprobs" ? event.tokens : []))).toHaveLength(3);
  expect(events.at(-1)).toMatchObject({
    finishReasons: ["length"],
    usage: { inputTokens: 5, outputTokens: 3, cachedInputTokens: 4 },
  });
});

test("522-hermes-prefill-stream: tool calls, whole", async () => {
  const events = await read(recorded("522-hermes-prefill-stream"), chatRequest({ messages: prefill, tools }));
  const calls = events.filter((event) => event.type === "tool-call");
  expect(calls.map(({ name }) => name)).toEqual(["get_weather", "get_weather"]); // the model repeats itself
  for (const call of calls) expect(JSON.parse(call.arguments)).toHaveProperty("city");
  expect(events.at(-1)).toMatchObject({ finishReasons: ["tool-calls"] });
});

test("23-chat-n2 and 25-chat-logprobs: whole JSON is read where a stream was asked for", async () => {
  const two = await read(recorded("23-chat-n2"), chatRequest({ n: 2 }));
  expect(two.filter(({ type }) => type === "text-delta")).toEqual([
    { type: "text-delta", choice: 0, text: "Hello! How can" },
    { type: "text-delta", choice: 1, text: "Hello there! How" },
  ]);
  const events = await read(recorded("25-chat-logprobs"), chatRequest({ logprobs: true }));
  expect(events.flatMap((event) => (event.type === "logprobs" ? event.tokens : [])).length).toBeGreaterThan(0);
});

test("28-chat-prefill: the prefill that the server repeats is no part of the answer", async () => {
  const messages = [
    { role: "user", content: "Say: The sky is blue" },
    { role: "assistant", content: "The sky is" },
  ] as const;
  expect(textOf(await read(recorded("28-chat-prefill"), chatRequest({ messages })))).toBe(
    " indeed a beautiful sight, and",
  );
});

test("33-v1-completions-stream: read as the OpenAI protocol, with its logprobs", async () => {
  const transport = canned(recorded("33-v1-completions-stream"));
  const { send } = openaiCompatible({ baseURL: "http://model.example", transport });
  const events = await eventsOf(send, { ...completion, model: "m", logprobs: 1 });
  expect(textOf(events)).toBe(" Paris.\n");
  expect(events.flatMap((event) => (event.type === "logprobs" ? event.tokens : [])).map(({ token }) => token)).toEqual([
    " Paris",
    ".",
    "\n",
  ]);
});

test("34-v1-completions-stream-usage: an opening `null`, and two answers mixed", async () => {
  const transport = canned(recorded("34-v1-completions-stream-usage"));
  const { send } = openaiCompatible({ baseURL: "http://model.example", transport });
  const events = await eventsOf(send, { ...completion, model: "m", n: 2 });
  expect(events.at(-1)).toMatchObject({ finishReasons: ["length", "length"] });
});

test("38-tokenize-plain and 39-detokenize", async () => {
  const tokens = await read(recorded("38-tokenize-plain"), { kind: "tokenization", text: "Hello world" });
  expect(tokens[1]).toEqual({ type: "tokens", tokens: [19_556, 905] });
  const text = await read(recorded("39-detokenize"), { kind: "detokenization", tokens: [19_556, 905] });
  expect(textOf(text)).toBe("Hello world");
});

test("144 and 146: a vector is the same, sent as numbers or as base64", async () => {
  const vectorIn = async (name: string) => {
    const events = await read(recorded(name), { kind: "embedding", inputs: ["hello"] });
    return events.flatMap((event) => (event.type === "embedding" ? [event.vector] : []))[0] ?? [];
  };
  const [numbers, base64] = [await vectorIn("144-embmean-float"), await vectorIn("146-embmean-base64")];
  expect([numbers.length, base64.length]).toEqual([576, 576]);
  expect(Math.max(...numbers.map((value, index) => Math.abs(value - (base64[index] ?? 0))))).toBeLessThan(0.02);
});

test("145-embmean-array: one vector for each input, by its index", async () => {
  const events = await read(recorded("145-embmean-array"), { kind: "embedding", inputs: ["hello", "world"] });
  expect(events.flatMap((event) => (event.type === "embedding" ? [event.index] : []))).toEqual([0, 1]);
  expect((await failureOf(read(recorded("145-embmean-array"), { kind: "embedding", inputs: ["hello"] }))).code).toBe(
    "protocol",
  );
});

test("156-rerank: scores by document", async () => {
  const events = await read(recorded("156-rerank"), { kind: "rerank", query: "a", documents: ["b", "c"] });
  expect(events.slice(1, 3)).toEqual([
    { type: "ranking", index: 1, score: 0.632114827632904 },
    { type: "ranking", index: 0, score: -0.15567104518413544 },
  ]);
});

test("67-too-long: context-length, with both numbers", async () => {
  expect(await failureOf(read(recorded("67-too-long"), chatRequest()))).toMatchObject({
    code: "context-length",
    status: 400,
    promptTokens: 5_031,
    contextLength: 2_048,
    retryable: false,
  });
});
