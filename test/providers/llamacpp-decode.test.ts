import { describe, expect, test } from "vitest";

import type { CompletionRequest } from "../../src/core/request.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { canned, eventsOf, json } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { event } from "../support/wire.ts";

const piece = (content: string, index = 0): object => ({ index, content, stop: false });
const last = (index = 0, more: object = {}): object => ({
  index,
  content: "",
  stop: true,
  stop_type: "eos",
  tokens_evaluated: 5,
  tokens_predicted: 2,
  ...more,
});

function completed(request: Partial<CompletionRequest>, ...values: readonly unknown[]) {
  const { send } = llamacpp({ transport: canned({ body: values.map(event) }) });
  return eventsOf(send, { kind: "completion", prompt: "p", sampling: {}, stream: true, ...request });
}

describe("native completion", () => {
  test("ends with its last object, without [DONE], and what follows is of no interest", async () => {
    const events = await completed({}, piece("a"), piece("b"), last(), piece("more"));
    expect(events.slice(1)).toEqual([
      { type: "text-delta", choice: 0, text: "a" },
      { type: "text-delta", choice: 0, text: "b" },
      { type: "finish", finishReasons: ["stop"], usage: { inputTokens: 5, outputTokens: 2 } },
    ]);
  });

  test.each([
    ["eos", "stop"],
    ["word", "stop"],
    ["limit", "length"],
    ["none", "unknown"],
  ])("stop_type %s is %s", async (type, reason) => {
    expect((await completed({}, piece("a"), last(0, { stop_type: type }))).at(-1)).toMatchObject({
      finishReasons: [reason],
    });
  });

  test("n answers end one by one, and their tokens are added up", async () => {
    const events = await completed({ n: 2 }, piece("b", 1), last(1), piece("a", 0), last(0, { stop_type: "limit" }));
    expect(events.at(-1)).toMatchObject({
      finishReasons: ["length", "stop"],
      usage: { inputTokens: 5, outputTokens: 4 },
    });
  });

  test("one of n answers without its end: truncated", async () => {
    expect((await failureOf(completed({ n: 2 }, piece("a", 0), piece("b", 1), last(1)))).code).toBe("truncated");
  });

  test("the last object repeats all log probabilities: they are delivered once", async () => {
    const token = { id: 1, token: "a", logprob: -0.5, top_logprobs: [] };
    const events = await completed(
      { logprobs: true },
      { ...piece("a"), completion_probabilities: [token] },
      last(0, { completion_probabilities: [token] }),
    );
    expect(events.flatMap((each) => (each.type === "logprobs" ? each.tokens : []))).toEqual([
      { token: "a", id: 1, logprob: -0.5, top: [] },
    ]);
  });

  test("text without its end: truncated; nothing at all: protocol", async () => {
    expect((await failureOf(completed({}, piece("a")))).code).toBe("truncated");
    expect((await failureOf(completed({}))).code).toBe("protocol");
  });

  test.each([1, -1, 0.5])("an answer %d that nobody asked for: protocol", async (index) => {
    expect((await failureOf(completed({}, piece("a", index), last(index)))).code).toBe("protocol");
  });

  test("an error in mid-stream is an error", async () => {
    const error = await failureOf(
      completed({}, piece("a"), { error: { code: 500, message: "out of memory" } }, last()),
    );
    expect(error.code).toBe("stream-error");
  });
});

describe("tokens", () => {
  const tokenized = (value: unknown) =>
    eventsOf(llamacpp({ transport: canned(json(value)) }).send, { kind: "tokenization", text: "é" });

  test("with their text; a token that is no whole character comes as bytes", async () => {
    const tokens = [
      { id: 1, piece: "a" },
      { id: 2, piece: [0xc3] },
      { id: 3, piece: [0xc3, 0xa9] },
    ];
    expect((await tokenized({ tokens }))[1]).toEqual({
      type: "tokens",
      tokens: [1, 2, 3],
      pieces: ["a", "\uFFFD", "é"],
    });
  });

  test("none, for an empty text", async () => {
    expect((await tokenized({ tokens: [] }))[1]).toEqual({ type: "tokens", tokens: [] });
  });

  test.each([
    "{}",
    '{"tokens":{}}',
    '{"tokens":["a"]}',
    '{"tokens":[null]}',
    '{"tokens":[{"piece":"a"}]}',
    "[]",
    "null",
  ])("%s: protocol", async (text) => {
    expect((await failureOf(tokenized(JSON.parse(text)))).code).toBe("protocol");
  });
});

describe("text of tokens", () => {
  const detokenized = (value: unknown) =>
    eventsOf(llamacpp({ transport: canned(json(value)) }).send, { kind: "detokenization", tokens: [1] });

  test("is delivered, also when it is empty", async () => {
    expect((await detokenized({ content: "a" }))[1]).toEqual({ type: "text-delta", choice: 0, text: "a" });
    expect((await detokenized({ content: "" })).map(({ type }) => type)).toEqual(["start", "finish"]);
  });

  test.each(["{}", '{"content":null}', '{"content":7}', "[]"])("%s: protocol", async (text) => {
    expect((await failureOf(detokenized(JSON.parse(text)))).code).toBe("protocol");
  });
});
