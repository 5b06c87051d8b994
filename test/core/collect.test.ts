import { describe, expect, test } from "vitest";

import { collector } from "../../src/core/collect.ts";
import type { Batch, ModelEvent } from "../../src/core/event.ts";

function collected(...batches: readonly Batch[]) {
  const collection = collector();
  for (const batch of batches) collection.add(batch);
  return { ...collection.collected(), partial: collection.partial() };
}

const text = (choice: number, content: string): ModelEvent => ({ type: "text-delta", choice, text: content });

describe("collect", () => {
  test("joins the pieces of each choice, and takes reasons in their order", () => {
    const { choices } = collected(
      [text(1, "b"), text(0, "a"), { type: "reasoning-delta", choice: 1, text: "hm" }],
      [text(1, "B"), { type: "tool-call", choice: 0, index: 0, id: "1", name: "f", arguments: "{}" }],
      [{ type: "finish", finishReasons: ["tool-calls", "length"] }],
    );
    expect(choices).toMatchObject([
      { text: "a", reasoning: "", toolCalls: [{ id: "1", name: "f", arguments: "{}" }], finishReason: "tool-calls" },
      { text: "bB", reasoning: "hm", toolCalls: [], finishReason: "length" },
    ]);
  });

  test("a choice that said nothing is there, empty", () => {
    const { choices } = collected([text(0, "a")], [{ type: "finish", finishReasons: ["stop", "stop", "stop"] }]);
    expect(choices.map((choice) => choice.text)).toEqual(["a", "", ""]);
  });

  test("puts vectors in their place, and leaves rankings and tokens in the order they came", () => {
    const { vectors, rankings, tokens, pieces } = collected(
      [
        { type: "embedding", index: 1, vector: [2] },
        { type: "embedding", index: 0, vector: [1] },
      ],
      [
        { type: "ranking", index: 1, score: 2 },
        { type: "ranking", index: 0, score: 3 },
      ],
      [
        { type: "tokens", tokens: [1, 2], pieces: ["a", "b"] },
        { type: "tokens", tokens: [3], pieces: ["c"] },
      ],
    );
    expect(vectors).toEqual([[1], [2]]);
    expect(rankings.map(({ index }) => index)).toEqual([1, 0]);
    expect([tokens, pieces]).toEqual([
      [1, 2, 3],
      ["a", "b", "c"],
    ]);
  });

  test("keeps warnings, failed tries, logprobs, raw values and the last start", () => {
    const failure = { attempt: 1, code: "reset", message: "lost", durationMs: 1, delayMs: 0 } as const;
    const token = { token: "a", logprob: -1, top: [] };
    const all = collected(
      [{ type: "start" }, { type: "retry", failure }, { type: "warning", warning: { option: "topK", message: "x" } }],
      [
        { type: "raw", value: 1 },
        { type: "logprobs", choice: 0, tokens: [token] },
        { type: "progress", phase: "prompt" },
      ],
    );
    expect(all).toMatchObject({
      failedAttempts: [failure],
      warnings: [{ option: "topK" }],
      raw: [1],
      start: { type: "start" },
    });
    expect(all.choices[0]?.logprobs).toEqual([token]);
    expect(all.finish).toBeUndefined();
  });

  test("partial is what has come of the first choice: whole calls only", () => {
    const { partial } = collected([
      text(0, "so "),
      text(1, "other"),
      text(0, "far"),
      { type: "reasoning-delta", choice: 0, text: "hm" },
      { type: "tool-call-delta", choice: 0, index: 0, id: "1", name: "f", arguments: '{"ha' },
    ]);
    expect(partial).toEqual({ text: "so far", reasoning: "hm", toolCalls: [] });
  });

  test("nothing at all is no choice", () => {
    expect(collected()).toMatchObject({ choices: [], partial: { text: "", reasoning: "", toolCalls: [] } });
  });

  test("100,000 pieces take linear time", () => {
    const startedAt = performance.now();
    const batches = Array.from({ length: 100_000 }, (): Batch => [text(0, "token ")]);
    expect(collected(...batches).choices[0]?.text).toHaveLength(600_000);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
