import { describe, expect, test } from "vitest";

import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { canned, eventsOf, json } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

const provider = (value: unknown) =>
  openaiCompatible({ baseURL: "http://model.example", transport: canned(json(value)) });
const embedded = (value: unknown, ...inputs: readonly string[]) =>
  eventsOf(provider(value).send, { kind: "embedding", model: "m", inputs });
const ranked = (value: unknown, ...documents: readonly string[]) =>
  eventsOf(provider(value).send, { kind: "rerank", model: "m", query: "q", documents });
const base64 = (...values: readonly number[]): string =>
  Buffer.from(Float32Array.from(values).buffer).toString("base64");

describe("embeddings", () => {
  test("come by index, whatever their order, as numbers or as base64", async () => {
    const data = [
      { index: 1, embedding: base64(0.5, -2) },
      { index: 0, embedding: [1, 2] },
    ];
    expect((await embedded({ data, usage: { prompt_tokens: 2, total_tokens: 2 } }, "a", "b")).slice(1)).toEqual([
      { type: "embedding", index: 1, vector: [0.5, -2] },
      { type: "embedding", index: 0, vector: [1, 2] },
      { type: "finish", finishReasons: [], usage: { inputTokens: 2, outputTokens: 0 } },
    ]);
  });

  test("of another length than was asked for are refused: the server ignored dimensions", async () => {
    const data = [{ index: 0, embedding: [1, 2, 3] }];
    const request = { kind: "embedding", model: "m", inputs: ["a"], dimensions: 2 } as const;
    const error = await failureOf(eventsOf(provider({ data }).send, request));
    expect(error).toMatchObject({ code: "unsupported", retryable: false });
    expect(error.message).toContain("vectors of 3");
    expect(await eventsOf(provider({ data }).send, { ...request, dimensions: 3 })).toHaveLength(3);
  });

  test("without an index they come in order", async () => {
    const events = await embedded({ data: [{ embedding: [1] }, { embedding: [2] }] }, "a", "b");
    expect(events.slice(1, 3)).toMatchObject([
      { index: 0, vector: [1] },
      { index: 1, vector: [2] },
    ]);
  });

  test.each<[string, unknown]>([
    ["too few", { data: [{ index: 0, embedding: [1] }] }],
    ["too many", { data: [0, 1, 2].map((index) => ({ index, embedding: [1] })) }],
    ["one twice", { data: [0, 0].map((index) => ({ index, embedding: [1] })) }],
    ["none", { data: [] }],
    ["an index out of range", { data: [0, 2].map((index) => ({ index, embedding: [1] })) }],
    ["a negative index", { data: [0, -1].map((index) => ({ index, embedding: [1] })) }],
    ["half an index", { data: [0, 0.5].map((index) => ({ index, embedding: [1] })) }],
    ["different lengths", { data: [[1], [1, 2]].map((embedding, index) => ({ index, embedding })) }],
    ["an empty vector", { data: [[], []].map((embedding, index) => ({ index, embedding })) }],
    ["a null in a vector", { data: [[1], [null]].map((embedding, index) => ({ index, embedding })) }],
    ["a text in a vector", { data: [[1], ["1"]].map((embedding, index) => ({ index, embedding })) }],
    ["no vector", { data: [0, 1].map((index) => ({ index })) }],
    [
      "not a number in base64",
      { data: [base64(1), base64(Number.NaN)].map((embedding, index) => ({ index, embedding })) },
    ],
    [
      "an infinite number in base64",
      { data: [base64(1), base64(Infinity)].map((embedding, index) => ({ index, embedding })) },
    ],
    [
      "base64 that is cut",
      { data: [base64(1), base64(1).slice(0, 3)].map((embedding, index) => ({ index, embedding })) },
    ],
    ["an entry that is no object", { data: [{ index: 0, embedding: [1] }, null] }],
    ["no list", { data: {} }],
    ["no data", {}],
    ["a list alone", [[1], [2]]],
    ["null", null],
  ])("%s for two inputs: protocol, never another input's vector", async (_, value) => {
    expect((await failureOf(embedded(value, "a", "b"))).code).toBe("protocol");
  });
});

describe("rerank", () => {
  test("scores by document, under either name", async () => {
    const results = [
      { index: 1, relevance_score: 0.5 },
      { index: 0, score: -1 },
    ];
    expect((await ranked({ results }, "a", "b")).slice(1, 3)).toEqual([
      { type: "ranking", index: 1, score: 0.5 },
      { type: "ranking", index: 0, score: -1 },
    ]);
  });

  test.each<[string, unknown]>([
    ["an index out of range", { results: [{ index: 2, relevance_score: 1 }] }],
    ["a negative index", { results: [{ index: -1, relevance_score: 1 }] }],
    ["half an index", { results: [{ index: 0.5, relevance_score: 1 }] }],
    ["no index", { results: [{ relevance_score: 1 }] }],
    ["one document twice", { results: [0, 0].map((index) => ({ index, relevance_score: 1 })) }],
    ["no score", { results: [{ index: 0 }] }],
    ["a score that is a text", { results: [{ index: 0, relevance_score: "1" }] }],
    ["no results", { data: [] }],
    ["an empty list", { results: [] }],
  ])("%s: protocol", async (_, value) => {
    expect((await failureOf(ranked(value, "a", "b"))).code).toBe("protocol");
  });
});
