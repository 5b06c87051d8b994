import { describe, expect, test } from "vitest";

import type { ModelEvent } from "../../src/core/event.ts";
import type { ModelRequest } from "../../src/core/request.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, chatRequest, eventsOf, type CannedReply } from "../support/canned.ts";
import { cutAtEveryByte, inPiecesOf } from "../support/framing.ts";
import { failureOf } from "../support/loopback.ts";
import { recorded } from "../support/recorded.ts";

const reply = (name: string) => recorded(name, "vllm-0.32.0");
const read = (sent: CannedReply, request: ModelRequest) => eventsOf(vllm({ transport: canned(sent) }).send, request);
const tools = [{ name: "get_weather" }];

function textOf(events: readonly ModelEvent[], choice = 0): string {
  return events.map((event) => (event.type === "text-delta" && event.choice === choice ? event.text : "")).join("");
}

/** Recorded streams, the request that each answers, and what it says. */
const streams: readonly [name: string, request: ModelRequest, text: string][] = [
  ["11-chat-stream-usage", chatRequest(), "The capital of France is Paris."],
  ["14-chat-logprobs-stream", chatRequest({ logprobs: 1 }), "The capital"],
  ["16-chat-n2-stream", chatRequest({ n: 2 }), "The capital of"],
  ["43-tool-named-strict-stream", chatRequest({ tools, toolChoice: { name: "get_weather" } }), ""],
];

describe("a server without the model's tool parser", () => {
  test.each([
    ["bq-tool-required-no-parser", "required"],
    ["br-tool-default-no-parser", "auto"],
  ] as const)("%s: unsupported, with the flags that make it one with", async (name, toolChoice) => {
    const error = await failureOf(read(reply(name), chatRequest({ tools, toolChoice })));
    expect(error).toMatchObject({ code: "unsupported", retryable: false, status: 400 });
    expect(error.hint).toMatch(/--enable-auto-tool-choice.*--tool-call-parser/);
  });
});

describe.each(streams)("%s", (name, request, text) => {
  const { body, ...head } = reply(name);

  test("says what the model said", async () => {
    const events = await read({ ...head, body }, request);
    expect(textOf(events)).toBe(text);
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
    const cutBefore = body.indexOf('"finish_reason":"');
    for (let at = 0; at < cutBefore; at += 7) {
      const error = await failureOf(read({ ...head, body: body.subarray(0, at) }, request));
      expect(["truncated", "protocol"]).toContain(error.code);
    }
  });
});

test("11: usage, model and id", async () => {
  expect((await read(reply("11-chat-stream-usage"), chatRequest())).at(-1)).toEqual({
    type: "finish",
    finishReasons: ["stop"],
    model: "smollm2",
    responseId: "chatcmpl-960f48801083d4aa",
    usage: { inputTokens: 37, outputTokens: 8 },
  });
});

test("14: a probability for each token", async () => {
  const events = await read(reply("14-chat-logprobs-stream"), chatRequest({ logprobs: 1 }));
  const tokens = events.flatMap((event) => (event.type === "logprobs" ? event.tokens : []));
  expect(tokens.map(({ token }) => token)).toEqual(["The", " capital"]);
  expect(tokens[0]?.top).toEqual([{ token: "The", logprob: -1.8927773237228394 }]);
});

test("16: two answers, interleaved", async () => {
  const events = await read(reply("16-chat-n2-stream"), chatRequest({ n: 2 }));
  expect([textOf(events, 0), textOf(events, 1)]).toEqual(["The capital of", "Unsmal"]);
  expect(events.at(-1)).toMatchObject({ finishReasons: ["length", "length"] });
});

test("19: log probabilities of the prompt", async () => {
  const events = await read(reply("19-chat-prompt-logprobs"), chatRequest({ promptLogprobs: true }));
  const tokens = events.flatMap((event) => (event.type === "prompt-logprobs" ? event.tokens : []));
  expect(tokens).toHaveLength(30);
  expect(tokens.slice(0, 2)).toEqual([
    { token: "system", id: 9_690, logprob: -7.746099948883057, top: [] },
    { token: "\n", id: 198, logprob: -1.122418761253357, top: [] },
  ]);
});

test("33: a tool call that the token limit cut is a call whose arguments are not whole", async () => {
  const events = await read(reply("33-tool-required-stream"), chatRequest({ tools, toolChoice: "required" }));
  const call = events.find((event) => event.type === "tool-call");
  expect(call).toMatchObject({ name: "get_weather", arguments: expect.stringMatching(/^\{\n {4}"type"/) });
  expect(events.at(-1)).toMatchObject({ finishReasons: ["length"] });
});

test("43: a call by name, with whole arguments", async () => {
  const request = chatRequest({ tools, toolChoice: { name: "get_weather" } });
  const events = await read(reply("43-tool-named-strict-stream"), request);
  const call = events.find((event) => event.type === "tool-call");
  expect(JSON.parse(call?.arguments ?? "")).toEqual({ city: "Paris" });
  expect(events.at(-1)).toMatchObject({ finishReasons: ["tool-calls"] });
});

describe("a server that dies in mid-answer", () => {
  test.each([
    ["bt-engine-killed", "server", "the engine was killed: an error, and [DONE] after it"],
    ["vg-sigterm-2", "stream-error", "it was stopped: finish_reason abort, and [DONE] after it"],
    ["vd-sigkill-api", "truncated", "it was killed: the body ends"],
  ])("%s is %s: %s", async (name, code) => {
    expect((await failureOf(read(reply(name), chatRequest()))).code).toBe(code);
  });
});

test("bs: a full queue is overloaded, and worth another try", async () => {
  expect(await failureOf(read(reply("bs-queue-1"), chatRequest()))).toMatchObject({
    code: "overloaded",
    status: 503,
    retryable: true,
  });
});

test("b0: a refused key is a text", async () => {
  expect(await failureOf(read(reply("b0-401"), chatRequest()))).toMatchObject({ code: "auth", retryable: false });
});

test("e2, e7 and 07: vectors in base64, scores, tokens of a conversation", async () => {
  const [vector] = (await read(reply("e2-embeddings-base64"), { kind: "embedding", inputs: ["hello world"] })).flatMap(
    (event) => (event.type === "embedding" ? [event.vector] : []),
  );
  expect(vector).toHaveLength(384);
  expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1);
  const documents = ["Paris is the capital of France.", "Cats purr.", "The Louvre is in Paris."];
  const ranked = await read(reply("e7-rerank"), { kind: "rerank", query: "capital of France", documents, topN: 2 });
  expect(ranked[1]).toEqual({ type: "ranking", index: 0, score: 0.8851009607315063 });
  const messages = [{ role: "user", content: "What is the capital of France?" }] as const;
  const tokens = await read(reply("07-tokenize-messages"), { kind: "tokenization", messages });
  expect(tokens[1]).toMatchObject({ tokens: expect.arrayContaining([9_690, 198, 2_683]) });
});
