import { describe, expect, test } from "vitest";

import type { ModelEvent } from "../../src/core/event.ts";
import type { ModelRequest } from "../../src/core/request.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { canned, chatRequest, eventsOf, json, type CannedReply } from "../support/canned.ts";
import { cutAtEveryByte, inPiecesOf } from "../support/framing.ts";
import { failureOf } from "../support/loopback.ts";
import { recorded } from "../support/recorded.ts";

const completion = { kind: "completion", model: "m", prompt: "a", sampling: {}, stream: true } as const;
const tools = [{ name: "get_weather" }];

const read = (reply: CannedReply, request: ModelRequest = chatRequest()) =>
  eventsOf(ollama({ transport: canned(reply) }).send, request);

function textOf(events: readonly ModelEvent[], type: "text-delta" | "reasoning-delta" = "text-delta"): string {
  return events.map((event) => (event.type === type ? event.text : "")).join("");
}

/** A reply of these lines. */
const lines = (...values: readonly object[]): CannedReply => ({
  headers: { "content-type": "application/x-ndjson" },
  body: values.map((value) => `${JSON.stringify(value)}\n`),
});
const said = (content: string, more: object = {}): object => ({
  model: "m",
  message: { content, ...more },
  done: false,
});
const ended = (more: object = {}): object => ({
  model: "m",
  message: { content: "" },
  done: true,
  done_reason: "stop",
  ...more,
});

/** Recorded streams, the request that each answers, and what it says. */
const streams: readonly [name: string, request: ModelRequest, text: string, reasoning?: string][] = [
  ["026-gen-stream", completion, "The sky blue"],
  ["035-format-schema-stream", chatRequest(), '"'],
  ["097e-tools-stream2", chatRequest({ tools }), ""],
  ["099c-think-stream", chatRequest(), "", "I think"],
];

describe.each(streams)("%s", (name, request, text, reasoning = "") => {
  const { body, ...head } = recorded(name, "ollama-0.34.2");

  test("says what the model said", async () => {
    const events = await read({ ...head, body }, request);
    expect(textOf(events)).toContain(text);
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
    const cutBefore = body.indexOf('"done":true');
    for (let at = 0; at < cutBefore; at += 7) {
      const error = await failureOf(read({ ...head, body: body.subarray(0, at) }, request));
      expect(["truncated", "protocol"]).toContain(error.code);
    }
  });
});

describe("recorded", () => {
  test("026-gen-stream: usage, times and model", async () => {
    expect((await read(recorded("026-gen-stream", "ollama-0.34.2"), completion)).at(-1)).toEqual({
      type: "finish",
      finishReasons: ["length"],
      model: "smol",
      usage: { inputTokens: 15, outputTokens: 3, cachedInputTokens: 14 },
      timings: {
        promptMs: 24.368,
        generationMs: 36.04,
        promptTokensPerSecond: 1 / 0.024_368, // 14 of the 15 came from the cache
        outputTokensPerSecond: 3 / 0.036_04,
      },
    });
  });

  test("027-gen-raw: a whole answer where a stream was asked for", async () => {
    expect(textOf(await read(recorded("027-gen-raw", "ollama-0.34.2"), completion))).toBe(
      ", the city of New Haven was a",
    );
  });

  test.each(["097e-tools-stream2", "097b-tools-nostream"])("%s: the call, whole", async (name) => {
    const events = await read(recorded(name, "ollama-0.34.2"), chatRequest({ tools }));
    const call = { choice: 0, index: 0, name: "get_weather", arguments: '{"city":"Paris"}' };
    const id = expect.stringMatching(/^call_/) as string;
    expect(events.filter(({ type }) => type.startsWith("tool-call"))).toEqual([
      { type: "tool-call-delta", id, ...call },
      { type: "tool-call", id, ...call },
    ]);
    expect(events.at(-1)).toMatchObject({ finishReasons: ["tool-calls"] });
  });

  test("059-logprobs: a probability for each token, with as many alternatives as were asked for", async () => {
    const events = await read(recorded("059-logprobs", "ollama-0.34.2"), chatRequest({ logprobs: 1 }));
    const tokens = events.flatMap((event) => (event.type === "logprobs" ? event.tokens : []));
    expect(tokens.map(({ token }) => token).join("")).toBe(textOf(events));
    expect(tokens.every(({ logprob, top }) => logprob < 0 && top.length === 1)).toBe(true);
  });

  test("056-load: an answer that says the model was loaded is no answer", async () => {
    const error = await failureOf(read(recorded("056-load", "ollama-0.34.2")));
    expect([error.code, error.retryable]).toEqual(["empty-reply", false]);
  });
});

describe("an ending that is none", () => {
  test("an error line after text is a stream-error, and what came before is delivered", async () => {
    const reply = lines(said("One"), { error: "an error was encountered while running the model: unexpected EOF" });
    const events: ModelEvent[] = [];
    const error = await failureOf(
      (async () => {
        const send = ollama({ transport: canned(reply) }).send;
        const context = { id: "1", signal: new AbortController().signal, attempt: 1, tags: {}, timeouts: {} };
        for await (const batch of send(chatRequest(), context)) events.push(...batch);
      })(),
    );
    expect(error.code).toBe("stream-error");
    expect(error.message).toContain("unexpected EOF");
    expect(textOf(events)).toBe("One");
  });

  test("tokens of which nothing was delivered, where tools were offered, are an empty-reply", async () => {
    const swallowed = lines(ended({ eval_count: 38 }));
    const error = await failureOf(read(swallowed, chatRequest({ tools })));
    expect([error.code, error.retryable]).toEqual(["empty-reply", true]);
    expect(error.message).toContain("38 tokens");
    expect(error.hint).toContain("cannot parse");
    const cut = lines(ended({ eval_count: 60, done_reason: "length" }));
    expect(await failureOf(read(cut, chatRequest({ tools })))).toMatchObject({
      code: "empty-reply",
      retryable: false,
      hint: expect.stringContaining("maxTokens") as string,
    });
  });

  test("an empty answer is one, where no tools were offered or the model only ended the text", async () => {
    expect((await read(lines(ended({ eval_count: 38 })))).at(-1)).toMatchObject({ finishReasons: ["stop"] });
    expect((await read(lines(ended({ eval_count: 1 })), chatRequest({ tools }))).at(-1)).toMatchObject({
      finishReasons: ["stop"],
    });
  });

  test("a reason that nobody knows is unknown", async () => {
    expect((await read(lines(said("a"), ended({ done_reason: "new" })))).at(-1)).toMatchObject({
      finishReasons: ["unknown"],
    });
  });

  test.each<[string, CannedReply]>([
    ["a line that is no object", lines(["a"])],
    ["text that is no text", lines({ message: { content: 1 } })],
    ["a call though no tool was offered", lines(said("", { tool_calls: [{ function: { name: "f" } }] }))],
    ["a body without a line", lines()],
    ["an object that is no reply", lines({})],
  ])("%s is a protocol error", async (_, reply) => {
    expect((await failureOf(read(reply))).code).toBe("protocol");
  });

  test("more calls than anybody makes are too many", async () => {
    const calls = Array.from({ length: 129 }, () => ({ function: { name: "f", arguments: {} } }));
    expect((await failureOf(read(lines(said("", { tool_calls: calls })), chatRequest({ tools })))).code).toBe("limit");
  });
});

test("calls without ids, all numbered 0, in one piece or several, are calls of their own", async () => {
  const call = (name: string) => ({ function: { index: 0, name, arguments: { a: name } } });
  const reply = lines(said("", { tool_calls: [call("f"), call("g")] }), said("", { tool_calls: [call("f")] }), ended());
  const events = await read(reply, chatRequest({ tools }));
  const calls = events.filter((event) => event.type === "tool-call");
  expect(calls.map(({ index, name, arguments: text }) => [index, name, text])).toEqual([
    [0, "f", '{"a":"f"}'],
    [1, "g", '{"a":"g"}'],
    [2, "f", '{"a":"f"}'],
  ]);
  expect(new Set(calls.map(({ id }) => id)).size).toBe(3);
});

test("two calls under one id have one each", async () => {
  const call = { id: "call_1", function: { index: 0, name: "f", arguments: {} } };
  const reply = lines(said("", { tool_calls: [call, call] }), said("", { tool_calls: [call] }), ended());
  const calls = (await read(reply, chatRequest({ tools }))).filter((event) => event.type === "tool-call");
  expect(calls[0]?.id).toBe("call_1");
  expect(new Set(calls.map(({ id }) => id)).size).toBe(3);
});

describe("embeddings", () => {
  const request = { kind: "embedding", model: "m", inputs: ["a", "b"] } as const;
  const reply = (...embeddings: unknown[]): CannedReply => json({ model: "m", embeddings });

  test("one vector for each input, in their order", async () => {
    const events = await read(reply([1, 2], [3, 4]), request);
    expect(events.flatMap((event) => (event.type === "embedding" ? [event.vector] : []))).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test.each<[string, CannedReply]>([
    ["too few", reply([1])],
    ["none", reply()],
    ["different lengths", reply([1, 2], [3])],
    ["an empty one", reply([], [])],
    ["something but numbers", reply([1, null], [3, 4])],
    ["no list", json({ model: "m" })],
  ])("%s: a protocol error", async (_, wrong) => {
    expect((await failureOf(read(wrong, request))).code).toBe("protocol");
  });

  test("more dimensions than the vectors have: the server would give fewer in silence", async () => {
    const error = await failureOf(read(reply([1, 2], [3, 4]), { ...request, dimensions: 3 }));
    expect(error.code).toBe("invalid-request");
    expect(error.hint).toContain("at most 2");
  });
});
