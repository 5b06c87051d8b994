import { expect, test } from "vitest";

import type { CompletionRequest } from "../../src/core/request.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { canned, eventsOf, json, type CannedReply } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { event } from "../support/wire.ts";

function decoded(reply: CannedReply, more: Partial<CompletionRequest> = {}) {
  const { send } = openaiCompatible({ baseURL: "http://model.example", transport: canned(reply) });
  return eventsOf(send, { kind: "completion", model: "m", prompt: "p", sampling: {}, stream: true, ...more });
}

const piece = (text: string, more: object = {}): object => ({
  choices: [{ index: 0, text, finish_reason: null, ...more }],
});
const stream = (...values: readonly unknown[]): CannedReply => ({ body: values.map(event) });

test("streamed, and whole: the same events", async () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2 };
  const expected = {
    type: "finish",
    finishReasons: ["length"],
    usage: { inputTokens: 1, outputTokens: 2 },
  };
  const streamed = await decoded(
    stream(piece("a"), piece("b"), piece("", { finish_reason: "length" }), { choices: [], usage }, "[DONE]"),
  );
  expect(streamed.slice(1)).toEqual([
    { type: "text-delta", choice: 0, text: "a" },
    { type: "text-delta", choice: 0, text: "b" },
    expected,
  ]);
  const whole = await decoded(json({ ...piece("ab", { finish_reason: "length" }), usage }), { stream: false });
  expect(whole.slice(1)).toEqual([{ type: "text-delta", choice: 0, text: "ab" }, expected]);
});

test("logprobs in the protocol's parallel lists, without the token whose own was not told", async () => {
  const logprobs = {
    tokens: ["a", "b"],
    token_logprobs: [-0.5, null],
    top_logprobs: [{ a: -0.5, c: -2 }, null],
  };
  const events = await decoded(stream(piece("ab", { logprobs, finish_reason: "stop" })), { logprobs: 2 });
  expect(events).toContainEqual({
    type: "logprobs",
    choice: 0,
    tokens: [
      {
        token: "a",
        logprob: -0.5,
        top: [
          { token: "a", logprob: -0.5 },
          { token: "c", logprob: -2 },
        ],
      },
    ],
  });
});

test.each<[string, CannedReply, Partial<CompletionRequest>, string]>([
  ["text without its end", stream(piece("a")), {}, "truncated"],
  ["[DONE] without a finish", stream(piece("a"), "[DONE]"), {}, "truncated"],
  ["one of two answers without its end", stream(piece("a", { finish_reason: "stop" })), { n: 2 }, "truncated"],
  ["nothing", stream(), {}, "protocol"],
  ["an empty list", json({ choices: [] }), {}, "protocol"],
  ["an answer nobody asked for", stream(piece("a", { index: 1 })), {}, "protocol"],
  ["a negative index", stream(piece("a", { index: -1 })), {}, "protocol"],
  ["half an index", stream(piece("a", { index: 0.5 })), { n: 2 }, "protocol"],
])("%s is an error", async (_, reply, request, code) => {
  expect((await failureOf(decoded(reply, request))).code).toBe(code);
});
