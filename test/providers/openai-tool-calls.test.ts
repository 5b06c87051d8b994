import { describe, expect, test } from "vitest";

import type { ModelEvent, ToolCallEvent } from "../../src/core/event.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { canned, chatRequest, eventsOf, stubClient } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { delta, event, finished } from "../support/wire.ts";

const tools = [{ name: "f" }, { name: "g" }, { name: "weather" }];
const part = (calls: unknown): object => ({
  choices: [{ index: 0, delta: { tool_calls: calls }, finish_reason: null }],
});

function decoded(...values: readonly unknown[]): Promise<readonly ModelEvent[]> {
  const body = values.map(event);
  const { send } = openaiCompatible({ baseURL: "http://model.example", transport: canned({ body }) });
  return eventsOf(send, chatRequest({ tools }));
}

async function callsOf(...values: readonly unknown[]): Promise<readonly ToolCallEvent[]> {
  return (await decoded(...values)).filter((each) => each.type === "tool-call");
}

test("two calls under one id have one each", async () => {
  const call = (index: number) => ({ index, id: "call_0", function: { name: "f", arguments: "{}" } });
  const calls = await callsOf(part([call(0), call(1)]), finished("tool_calls"), "[DONE]");
  expect(calls.map(({ index }) => index)).toEqual([0, 1]);
  expect(calls[0]?.id).toBe("call_0");
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
});

describe("streamed", () => {
  const values = [
    part([{ index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: "" } }]),
    part([{ index: 0, function: { arguments: '{"ci' } }]),
    part([{ index: 0, function: { arguments: 'ty":"Paris"}' } }]),
    finished("tool_calls"),
    "[DONE]",
  ];

  test("head first, then pieces of the arguments, then the whole call before finish", async () => {
    expect((await decoded(...values)).slice(1)).toEqual([
      { type: "tool-call-delta", choice: 0, index: 0, id: "call_1", name: "weather", arguments: "" },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"ci' },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: 'ty":"Paris"}' },
      { type: "tool-call", choice: 0, index: 0, id: "call_1", name: "weather", arguments: '{"city":"Paris"}' },
      { type: "finish", finishReasons: ["tool-calls"] },
    ]);
  });

  test("two calls at a time do not mix", async () => {
    const calls = await callsOf(
      part([{ index: 0, id: "a", function: { name: "f", arguments: "{" } }]),
      part([{ index: 1, id: "b", function: { name: "g", arguments: "[" } }]),
      part([
        { index: 0, function: { arguments: "}" } },
        { index: 1, function: { arguments: "]" } },
      ]),
      finished("tool_calls"),
    );
    expect(calls).toMatchObject([
      { index: 0, id: "a", name: "f", arguments: "{}" },
      { index: 1, id: "b", name: "g", arguments: "[]" },
    ]);
  });

  test("a reply that is cut in a call is truncated, and half a call is not delivered as one", async () => {
    const body = [delta("So: "), ...values.slice(0, 2)].map(event);
    const provider = openaiCompatible({ baseURL: "http://model.example", transport: canned({ body }) });
    const error = await failureOf(
      stubClient(provider.send, { maxRetries: 0 }).stream({ messages: "Hi", tools }).result,
    );
    expect(error.code).toBe("truncated");
    expect(error.partial).toEqual({ text: "So: ", reasoning: "", toolCalls: [] });
  });

  test("a call that the token limit cut says so by its finish reason", async () => {
    const events = await decoded(...values.slice(0, 2), finished("length"));
    expect(events.at(-1)).toMatchObject({ finishReasons: ["length"] });
  });
});

describe("as servers differ", () => {
  test("whole in one message", async () => {
    const call = { id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } };
    const message = { role: "assistant", content: null, tool_calls: [call] };
    expect(await callsOf({ choices: [{ index: 0, message, finish_reason: "tool_calls" }] })).toMatchObject([
      { id: "a", name: "f", arguments: '{"x":1}' },
    ]);
  });

  test("finish_reason stop with calls is tool-calls", async () => {
    const events = await decoded(
      part([{ index: 0, id: "a", function: { name: "f", arguments: "{}" } }]),
      finished("stop"),
    );
    expect(events.at(-1)).toMatchObject({ finishReasons: ["tool-calls"] });
  });

  test("arguments as an object are written as JSON", async () => {
    const calls = await callsOf(part([{ id: "a", function: { name: "f", arguments: { x: [1] } } }]), finished());
    expect(calls).toMatchObject([{ arguments: '{"x":[1]}' }]);
  });

  test("ids that are missing are made, each its own", async () => {
    const calls = await callsOf(
      part([
        { index: 0, function: { name: "f", arguments: "{}" } },
        { index: 1, id: "", function: { name: "g", arguments: "{}" } },
      ]),
      finished(),
    );
    const ids = calls.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(ids.every((id) => id.length > 8)).toBe(true);
  });

  test("a name that comes late begins the call, and one that is repeated is the same", async () => {
    const events = await decoded(
      part([{ index: 0, id: "a", function: { arguments: '{"x"' } }]),
      part([{ index: 0, function: { name: "f", arguments: ":" } }]),
      part([{ index: 0, function: { name: "f", arguments: "1}" } }]),
      finished(),
    );
    expect(events.slice(1, -1)).toEqual([
      { type: "tool-call-delta", choice: 0, index: 0, id: "a", name: "f", arguments: '{"x":' },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: "1}" },
      { type: "tool-call", choice: 0, index: 0, id: "a", name: "f", arguments: '{"x":1}' },
    ]);
  });

  test("without an index, entries with ids are calls and those without go on with the last one", async () => {
    const calls = await callsOf(
      part([{ id: "a", function: { name: "f", arguments: "{" } }]),
      part([{ function: { arguments: "}" } }]),
      part([{ id: "b", function: { name: "g", arguments: "{}" } }]),
      finished(),
    );
    expect(calls).toMatchObject([
      { id: "a", name: "f", arguments: "{}" },
      { id: "b", name: "g", arguments: "{}" },
    ]);
  });

  test.each(["null", "[]", "{}", '"x"', "[null]", "[7]"])("tool_calls of %s are none", async (calls) => {
    expect(await callsOf(part(JSON.parse(calls)), delta("a"), finished())).toEqual([]);
  });

  test("a call though no tool was offered: protocol", async () => {
    const body = [part([{ index: 0, id: "a", function: { name: "f", arguments: "{}" } }]), finished()].map(event);
    const { send } = openaiCompatible({ baseURL: "http://model.example", transport: canned({ body }) });
    expect((await failureOf(eventsOf(send, chatRequest()))).code).toBe("protocol");
  });

  test("a huge index costs nothing", async () => {
    const calls = await callsOf(
      part([{ index: 2 ** 40, id: "a", function: { name: "f", arguments: "{}" } }]),
      finished(),
    );
    expect(calls).toHaveLength(1);
  });

  test("2,000 calls: limit", async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => ({ index, id: `c${index}`, function: { name: "f" } }));
    expect((await failureOf(decoded(part(many), finished()))).code).toBe("limit");
  });
});
