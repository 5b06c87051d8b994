import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { trimMessages } from "../../../src/client/context/trim-messages.ts";
import type { Message } from "../../../src/core/message.ts";

const system: Message = { role: "system", content: "rules" };
const user = (content: string): Message => ({ role: "user", content });
const said = (content: string): Message => ({ role: "assistant", content });
const calls = (...ids: readonly string[]): Message => ({
  role: "assistant",
  content: "",
  toolCalls: ids.map((id) => ({ id, name: "f", arguments: "{}" })),
});
const result = (toolCallId: string): Message => ({ role: "tool", toolCallId, content: "done" });

const everything = Number.POSITIVE_INFINITY;

describe("the oldest turns go first", () => {
  const talk = [system, user("one"), said("1"), user("two"), said("2"), user("three")];

  test("a whole turn at a time, and no more than must", () => {
    expect(trimMessages(talk, 1)).toEqual({ messages: [system, ...talk.slice(3)], dropped: 2 });
    expect(trimMessages(talk, 5)).toEqual({ messages: [system, user("three")], dropped: 4 });
  });

  test("never a system message, wherever it stands, nor the last turn of the user", () => {
    const midway = [user("one"), system, said("1"), user("two")];
    expect(trimMessages(midway, everything)).toEqual({ messages: [system, user("two")], dropped: 2 });
    expect(trimMessages([system, user("only")], everything)).toBeUndefined();
  });

  test("what the assistant says before any user is a turn too", () => {
    expect(trimMessages([said("Welcome"), user("Hi")], everything)).toEqual({ messages: [user("Hi")], dropped: 1 });
  });
});

describe("tool exchanges", () => {
  test("of the last turn go when the older turns are gone, a call and its results together, and never the last", () => {
    const run = [user("old"), user("do it"), calls("a", "b"), result("a"), result("b"), calls("c"), result("c")];
    expect(trimMessages(run, 1)?.messages).toEqual(run.slice(1));
    expect(trimMessages(run, 4)?.messages).toEqual([user("do it"), ...run.slice(5)]);
    expect(trimMessages(run, everything)).toEqual({ messages: [user("do it"), calls("c"), result("c")], dropped: 4 });
  });

  test("are never halved, in any conversation and at any size", () => {
    const turn = fc.array(
      fc.oneof(
        fc.string().map((text): readonly Message[] => [said(text)]),
        fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 3 }).map((ids) => [calls(...ids), ...ids.map(result)]),
      ),
      { maxLength: 4 },
    );
    const conversation = fc
      .array(fc.tuple(fc.string(), turn), { minLength: 1, maxLength: 6 })
      .map((turns) => [system, ...turns.flatMap(([text, answers]) => [user(text), ...answers.flat()])]);
    fc.assert(
      fc.property(conversation, fc.nat(400), (messages, excess) => {
        const trimmed = trimMessages(messages, excess);
        const kept = trimmed?.messages ?? messages;
        expect(kept[0]).toBe(system);
        expect(kept).toContain(messages.findLast(({ role }) => role === "user"));
        expect(kept.at(-1)).toBe(messages.at(-1));
        expect(kept.length + (trimmed?.dropped ?? 0)).toBe(messages.length);
        const called = kept.flatMap((message) => (message.role === "assistant" ? (message.toolCalls ?? []) : []));
        const answered = kept.flatMap((message) => (message.role === "tool" ? [message.toolCallId] : []));
        expect(called.map(({ id }) => id)).toEqual(answered);
      }),
    );
  });
});
