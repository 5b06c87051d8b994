import { describe, expect, test } from "vitest";

import { InhouseError } from "../../src/core/error.ts";
import type { Batch } from "../../src/core/event.ts";
import type { Handler } from "../../src/core/handler.ts";
import { ended, stubClient } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

/** Vectors of one number each, the number in the input's text, handed out backwards. */
const vectors = (inputs: readonly string[]): Batch =>
  inputs.map((text, index) => ({ type: "embedding" as const, index, vector: [Number(text)] })).toReversed();

const usage = { inputTokens: 2, outputTokens: 0 };
const finish: Batch = [{ type: "finish", finishReasons: [], usage }];
const texts = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index));

/** Answers after a turn, and counts. */
function counting(answer: (inputs: readonly string[], call: number) => Batch = vectors) {
  const counts = { calls: 0, running: 0, most: 0, sizes: [] as number[] };
  const handler: Handler = async function* reply(request) {
    if (request.kind !== "embedding") throw new Error("Not asked for vectors.");
    counts.calls += 1;
    counts.running += 1;
    counts.most = Math.max(counts.most, counts.running);
    counts.sizes.push(request.inputs.length);
    const call = counts.calls;
    try {
      await new Promise((resolve) => setTimeout(resolve, 5 * (call % 3))); // later batches answer earlier
      yield [{ type: "start" }];
      yield answer(request.inputs, call);
      yield finish;
    } finally {
      counts.running -= 1;
    }
  };
  return { handler, counts };
}

describe("batches", () => {
  test("vectors come in the order of the inputs, whatever the order of the replies", async () => {
    const { handler, counts } = counting();
    const result = await stubClient(handler).embed({ input: texts(100), batchSize: 7, concurrency: 5 });
    expect(result.embeddings.map(([number]) => number)).toEqual(texts(100).map(Number));
    expect(counts.sizes).toHaveLength(15);
    expect(Math.max(...counts.sizes)).toBe(7);
    expect(counts.most).toBe(5);
    expect(result.usage).toEqual({ inputTokens: 30, outputTokens: 0 });
  });

  test("32 inputs in one request and 4 requests at a time, unless said otherwise", async () => {
    const { handler, counts } = counting();
    await stubClient(handler).embed({ input: texts(200) });
    expect(counts.sizes).toEqual([32, 32, 32, 32, 32, 32, 8]);
    expect(counts.most).toBe(4);
  });

  test("one text is one vector", async () => {
    const { handler } = counting();
    expect((await stubClient(handler).embed({ input: "7" })).embeddings).toEqual([[7]]);
  });
});

describe("failures", () => {
  test("the first one ends the others and is the one that is told", async () => {
    const left: string[] = [];
    let calls = 0;
    const handler: Handler = async function* reply(_, { signal }) {
      calls += 1;
      if (calls === 3) throw new InhouseError("context-length", "too long");
      try {
        yield [{ type: "start" }];
        await ended(signal);
      } finally {
        left.push("left");
      }
    };
    const error = await failureOf(stubClient(handler).embed({ input: texts(50), batchSize: 1, concurrency: 3 }));
    expect(error.code).toBe("context-length");
    expect(calls).toBe(3);
    expect(left).toEqual(["left", "left"]);
  });

  test("a batch that is tried again loses and doubles nothing", async () => {
    const { handler } = counting((inputs, call) => {
      if (call === 2) throw new InhouseError("overloaded", "busy", { retryAfterMs: 1 });
      return vectors(inputs);
    });
    const result = await stubClient(handler).embed({ input: texts(10), batchSize: 3 });
    expect(result.embeddings).toEqual(texts(10).map((text) => [Number(text)]));
    expect(result.failedAttempts).toMatchObject([{ code: "overloaded" }]);
  });

  test.each<[string, (inputs: readonly string[]) => Batch]>([
    ["a vector too few", (inputs) => vectors(inputs).slice(1)],
    ["none", () => []],
  ])("%s: protocol, never another input's vector", async (_, answer) => {
    const handler: Handler = async function* reply(request) {
      if (request.kind === "embedding") yield answer(request.inputs);
      yield finish;
    };
    expect((await failureOf(stubClient(handler, { maxRetries: 0 }).embed({ input: texts(3) }))).code).toBe("protocol");
  });

  test("batches with vectors of different lengths: protocol", async () => {
    const { handler } = counting((inputs, call) =>
      inputs.map((_, index) => ({ type: "embedding", index, vector: call === 1 ? [1] : [1, 2] })),
    );
    const error = await failureOf(stubClient(handler, { maxRetries: 0 }).embed({ input: texts(4), batchSize: 2 }));
    expect(error.code).toBe("protocol");
  });

  test("abort ends all of them, and starts no more", async () => {
    const controller = new AbortController();
    let calls = 0;
    const handler: Handler = async function* reply(_, { signal }) {
      calls += 1;
      if (calls === 2) controller.abort("enough");
      yield [{ type: "start" }];
      await ended(signal);
    };
    const input = { input: texts(10), batchSize: 1, concurrency: 2, signal: controller.signal };
    expect(await failureOf(stubClient(handler).embed(input))).toMatchObject({ code: "abort", cause: "enough" });
    expect(calls).toBe(2);
  });
});
