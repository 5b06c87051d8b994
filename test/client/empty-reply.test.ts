import { describe, expect, test } from "vitest";

import type { Client } from "../../src/client/client.ts";
import type { Batch, ModelEvent } from "../../src/core/event.ts";
import { scripted, stubClient } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

const finish = (outputTokens: number, more: object = {}): ModelEvent => ({
  type: "finish",
  finishReasons: ["stop"],
  usage: { inputTokens: 3, outputTokens },
  ...more,
});

/** A client whose server answers with this much, over and over. */
function clientOf(events: readonly ModelEvent[], maxRetries = 0): { readonly client: Client; calls: () => number } {
  let calls = 0;
  const batches: readonly Batch[] = [[{ type: "start" }], events];
  const client = stubClient(
    (request, context) => {
      calls += 1;
      return scripted(batches)(request, context);
    },
    { maxRetries },
  );
  return { client, calls: () => calls };
}

describe("tokens of which nothing was delivered are an empty-reply", () => {
  const { client } = clientOf([finish(7)]);

  test.each<[string, () => PromiseLike<unknown>]>([
    ["in a chat", () => client.chat({ messages: "Hi" })],
    ["in a chat with tools", () => client.chat({ messages: "Hi", tools: [{ name: "f" }] })],
    ["in a stream", () => client.stream({ messages: "Hi" }).result],
    ["in a completion", () => client.complete({ prompt: "Hi" })],
  ])("%s", async (_, call) => {
    const error = await failureOf(call());
    expect(error).toMatchObject({ code: "empty-reply", retryable: true, provider: "stub" });
    expect(error.message).toContain("7 tokens");
  });

  test("which is tried again, and then no more", async () => {
    const { client: patient, calls } = clientOf([finish(7)], 1);
    expect((await failureOf(patient.chat({ messages: "Hi" }))).attempts).toHaveLength(2);
    expect(calls()).toBe(2);
  });

  test("and not tried again where the token limit did it", async () => {
    const { client: cut, calls } = clientOf([finish(7, { finishReasons: ["length"] })], 2);
    const error = await failureOf(cut.chat({ messages: "Hi", maxTokens: 7, stop: "x" }));
    expect(error).toMatchObject({ code: "empty-reply", retryable: false, hint: expect.stringContaining("maxTokens") });
    expect(calls()).toBe(1);
  });

  test("however many warnings and signs of life came", async () => {
    const warning = { type: "warning", warning: { option: "x", message: "y" } } as const;
    const { client: talkative } = clientOf([warning, { type: "progress", phase: "prompt" }, finish(7)]);
    expect((await failureOf(talkative.chat({ messages: "Hi" }))).code).toBe("empty-reply");
  });
});

describe("an empty answer is one", () => {
  const thought = { type: "reasoning-delta", choice: 0, text: "Hm." } as const;
  const call = { type: "tool-call", choice: 0, index: 0, id: "1", name: "f", arguments: "{}" } as const;

  test.each<[string, readonly ModelEvent[], object]>([
    ["that is the end of the text alone", [finish(1)], {}],
    ["of which nobody counted the tokens", [{ type: "finish", finishReasons: ["stop"] }], {}],
    ["that a stop text ended where it began", [finish(3)], { stop: ["Hello"] }],
    ["of two that end at once", [finish(2, { finishReasons: ["stop", "stop"] })], { n: 2 }],
    ["of thinking alone", [thought, finish(9)], {}],
    ["of a call alone", [call, finish(9)], { tools: [{ name: "f" }] }],
  ])("%s", async (_, events, more) => {
    const { client } = clientOf(events);
    expect((await client.chat({ messages: "Hi", ...more })).text).toBe("");
  });
});
