import { describe, expect, test } from "vitest";

import type { ModelRequest } from "../../src/core/request.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, chatRequest, eventsOf, json } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { event } from "../support/wire.ts";

const read = (value: unknown, request: ModelRequest) =>
  eventsOf(vllm({ transport: canned(json(value)) }).send, request);

describe("tokens", () => {
  const tokenized = (value: unknown, more: { text?: string; withPieces?: boolean } = {}) =>
    read(value, { kind: "tokenization", text: "a", ...more });
  async function piecesOf(token_strs: readonly string[], text: string | undefined) {
    const request = text === undefined ? { messages: [{ role: "user", content: "x" }] as const } : { text };
    const tokens = token_strs.map((_, index) => index);
    const events = await read({ tokens, token_strs }, { kind: "tokenization", withPieces: true, ...request });
    return events.flatMap((each) => (each.type === "tokens" ? each.pieces : []));
  }

  test("without their text, where it was not asked for", async () => {
    expect((await tokenized({ count: 2, tokens: [1, 2], token_strs: null }))[1]).toEqual({
      type: "tokens",
      tokens: [1, 2],
    });
  });

  test.each<[string, readonly string[], string | undefined, readonly string[]]>([
    [
      "byte-level",
      ["<s>", "GrÃ¼", "ÃŁe", "Ġä¸", "ĸ", "Ċ"],
      "Grüße 世\n",
      ["<s>", "Grü", "ße", " \uFFFD", "\uFFFD", "\n"],
    ],
    [
      "byte-level, of a conversation",
      ["<|im_start|>", "user", "Ċ", "Hello", "Ġthere"],
      undefined,
      ["<|im_start|>", "user", "\n", "Hello", " there"],
    ],
    [
      "byte-level, with a special token of other letters",
      ["<｜begin▁of▁sentence｜>", "a", "Ġb"],
      "a b",
      ["<｜begin▁of▁sentence｜>", "a", " b"],
    ],
    ["SentencePiece", ["<s>", "▁Grüße", "<0xE4>", "<0x0A>"], "Grüße", ["<s>", " Grüße", "\uFFFD", "\n"]],
    ["SentencePiece, of a conversation", ["<s>", "▁Hello", "▁é"], undefined, ["<s>", " Hello", " é"]],
    ["WordPiece, as it is spelt", ["[CLS]", "hello", "##s", "é"], "Hellos é", ["[CLS]", "hello", "##s", "é"]],
    ["none", [], "", []],
  ])("%s", async (_, spellings, text, pieces) => {
    expect(await piecesOf(spellings, text)).toEqual(pieces);
  });

  test.each([
    "{}",
    '{"tokens":{}}',
    '{"tokens":["a"]}',
    '{"tokens":[null]}',
    '{"tokens":[1],"token_strs":null}',
    '{"tokens":[1,2],"token_strs":["a"]}',
    "[]",
  ])("%s: protocol", async (text) => {
    expect((await failureOf(tokenized(JSON.parse(text), { withPieces: true }))).code).toBe("protocol");
  });
});

test("text of tokens", async () => {
  const joined = (value: unknown) => read(value, { kind: "detokenization", tokens: [1] });
  expect((await joined({ prompt: "a" }))[1]).toEqual({ type: "text-delta", choice: 0, text: "a" });
  expect((await failureOf(joined({ content: "a" }))).code).toBe("protocol");
});

describe("classes", () => {
  const classified = (value: unknown, ...inputs: readonly string[]) => read(value, { kind: "classification", inputs });

  test("come by index, with the model's labels, or the class's number where it has none", async () => {
    const data = [
      { index: 1, label: null, probs: [0.1, 0.9], num_classes: 2 },
      { index: 0, label: "good", probs: [0.75, 0.25], num_classes: 2 },
    ];
    const reply = { id: "classify-1", model: "m", data, usage: { prompt_tokens: 4, total_tokens: 4 } };
    expect((await classified(reply, "a", "b")).slice(1)).toEqual([
      { type: "classification", index: 1, label: "1", scores: [0.1, 0.9] },
      { type: "classification", index: 0, label: "good", scores: [0.75, 0.25] },
      {
        type: "finish",
        finishReasons: [],
        model: "m",
        responseId: "classify-1",
        usage: { inputTokens: 4, outputTokens: 0 },
      },
    ]);
  });

  test.each<[string, unknown]>([
    ["too few", { data: [{ index: 0, label: "a", probs: [1] }] }],
    ["one twice", { data: [0, 0].map((index) => ({ index, label: "a", probs: [1] })) }],
    ["an index out of range", { data: [0, 2].map((index) => ({ index, label: "a", probs: [1] })) }],
    ["no probabilities", { data: [0, 1].map((index) => ({ index, label: "a" })) }],
    ["a text for a probability", { data: [0, 1].map((index) => ({ index, label: "a", probs: ["1"] })) }],
    ["no list", {}],
  ])("%s: protocol", async (_, value) => {
    expect((await failureOf(classified(value, "a", "b"))).code).toBe("protocol");
  });
});

describe("log probabilities of the prompt", () => {
  const prompt_logprobs = [
    null,
    {
      "5": { logprob: -3, rank: 9, decoded_token: "rare" },
      "7": { logprob: -0.5, rank: 1, decoded_token: "first" },
      "12": { logprob: -1, rank: 2, decoded_token: "second" },
    },
  ];
  const tokens = [
    {
      token: "rare",
      id: 5,
      logprob: -3,
      top: [
        { token: "first", id: 7, logprob: -0.5 },
        { token: "second", id: 12, logprob: -1 },
      ],
    },
  ];

  test("of a conversation stand beside its choices", async () => {
    const reply = {
      choices: [{ index: 0, message: { role: "assistant", content: "a" }, finish_reason: "stop" }],
      prompt_logprobs,
      prompt_token_ids: [1, 5],
    };
    const events = await read(reply, chatRequest({ promptLogprobs: 2 }));
    expect(events.filter(({ type }) => type === "prompt-logprobs")).toEqual([{ type: "prompt-logprobs", tokens }]);
    expect(await read(reply, chatRequest())).not.toContainEqual({ type: "prompt-logprobs", tokens });
  });

  test("of a text stand in every choice, and are delivered once", async () => {
    const choice = (index: number) => ({
      index,
      text: "a",
      finish_reason: "stop",
      prompt_logprobs,
      prompt_token_ids: [1, 5],
    });
    const request = { kind: "completion", prompt: "x y", sampling: {}, stream: true, n: 2, promptLogprobs: 2 } as const;
    const events = await read({ choices: [choice(0), choice(1)] }, request);
    expect(events.filter(({ type }) => type === "prompt-logprobs")).toEqual([{ type: "prompt-logprobs", tokens }]);
  });

  test("without ids, the token that is not among the likeliest is the prompt's", async () => {
    const reply = { choices: [{ index: 0, message: { content: "a" }, finish_reason: "stop" }], prompt_logprobs };
    const events = await read(reply, chatRequest({ promptLogprobs: true }));
    expect(events).toContainEqual({ type: "prompt-logprobs", tokens: [{ ...tokens[0], top: [] }] });
  });
});

describe("the end of a stream", () => {
  const streamed = (...values: readonly unknown[]) =>
    eventsOf(vllm({ transport: canned({ body: values.map(event) }) }).send, chatRequest());
  const piece = { choices: [{ index: 0, delta: { content: "a" }, finish_reason: null }] };

  test("an error before [DONE] is the error, dead engines included", async () => {
    const dead = { message: "EngineCore encountered an issue. See stack trace (above) for the root cause.", code: 500 };
    expect(await failureOf(streamed(piece, { error: dead }, "[DONE]"))).toMatchObject({
      code: "server",
      retryable: false,
    });
    const wrong = { message: "Invalid grammar specification: Expected ')' at line 1", code: 400 };
    expect(await failureOf(streamed({ error: wrong }, "[DONE]"))).toMatchObject({
      code: "invalid-request",
      retryable: false,
    });
  });

  test("a call by name that ends with stop is a tool call all the same", async () => {
    const call = { id: "c", type: "function", index: 0, function: { name: "f", arguments: "{}" } };
    const body = [
      { choices: [{ index: 0, delta: { content: null, tool_calls: [call] }, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
      "[DONE]",
    ].map(event);
    const request = chatRequest({ tools: [{ name: "f" }], toolChoice: { name: "f" } });
    const events = await eventsOf(vllm({ transport: canned({ body }) }).send, request);
    expect(events.at(-1)).toMatchObject({ finishReasons: ["tool-calls"] });
  });
});
