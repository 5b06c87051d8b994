import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { retry } from "../../src/client/retry.ts";
import { InhouseError } from "../../src/core/error.ts";
import type { Batch, ModelEvent } from "../../src/core/event.ts";
import type { Handler } from "../../src/core/handler.ts";
import { answerOf, chatRequest, context, scripted, stubClient } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0)); // no jitter: a retry comes at once
afterEach(() => void vi.restoreAllMocks());

const busy = new InhouseError("overloaded", "busy");
const hinted = (retryAfterMs: number) => new InhouseError("rate-limit", "slow down", { retryAfterMs });

/** A handler whose tries go as told, and what they were called with. */
function tries(...scripts: readonly (readonly (Batch | Error)[])[]) {
  const attempts: number[] = [];
  const ids = new Set<string>();
  const handler: Handler = (request, call) => {
    attempts.push(call.attempt);
    ids.add(call.id);
    return scripted(scripts[attempts.length - 1] ?? scripts.at(-1) ?? [])(request, call);
  };
  return { handler, attempts, ids };
}

async function eventsOf(handler: Handler, maxRetries = 2): Promise<readonly ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of stubClient(handler, { maxRetries }).stream({ messages: "Hi" })) events.push(event);
  return events;
}

describe("what is tried again", () => {
  test("a failure that another try may mend, under one id, with the attempt counted", async () => {
    const { handler, attempts, ids } = tries([busy], [busy], answerOf("fine"));
    const result = await stubClient(handler).chat({ messages: "Hi" });
    expect(result.text).toBe("fine");
    expect(attempts).toEqual([1, 2, 3]);
    expect([...ids]).toEqual([result.callId]);
    expect(result.failedAttempts).toMatchObject([
      { attempt: 1, code: "overloaded", message: "busy", delayMs: 0 },
      { attempt: 2, code: "overloaded", message: "busy", delayMs: 0 },
    ]);
  });

  test("as often as maxRetries says; the error lists every try", async () => {
    const { handler, attempts } = tries([busy]);
    const error = await failureOf(stubClient(handler, { maxRetries: 2 }).chat({ messages: "Hi" }));
    expect(attempts).toEqual([1, 2, 3]);
    expect(error.code).toBe("overloaded");
    expect(error.attempts?.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  test("not at all with maxRetries 0, of the client or of the call", async () => {
    const first = tries([busy]);
    await failureOf(stubClient(first.handler, { maxRetries: 0 }).chat({ messages: "Hi" }));
    const second = tries([busy]);
    await failureOf(stubClient(second.handler).chat({ messages: "Hi", maxRetries: 0 }));
    expect([first.attempts, second.attempts]).toEqual([[1], [1]]);
  });

  test("nothing that another try would not mend", async () => {
    const { handler, attempts } = tries([new InhouseError("invalid-request", "wrong")]);
    expect((await failureOf(stubClient(handler).chat({ messages: "Hi" }))).code).toBe("invalid-request");
    expect(attempts).toEqual([1]);
  });

  test("nothing that a foreign error broke", async () => {
    const { handler, attempts } = tries([new RangeError("a mistake of somebody's")]);
    await expect(stubClient(handler).chat({ messages: "Hi" })).rejects.toThrow(RangeError);
    expect(attempts).toEqual([1]);
  });

  test("never after content: the text is in the error, which is no longer retryable", async () => {
    const { handler, attempts } = tries([...answerOf("so", " far").slice(0, 3), busy], answerOf("fine"));
    const error = await failureOf(stubClient(handler).stream({ messages: "Hi" }).result);
    expect(attempts).toEqual([1]);
    expect(error).toMatchObject({ code: "overloaded", retryable: false, partial: { text: "so far" } });
    expect(error.attempts).toHaveLength(1);
  });

  test.each<[string, ModelEvent]>([
    ["a start", { type: "start" }],
    ["a warning", { type: "warning", warning: { option: "topK", message: "left out" } }],
    ["progress", { type: "progress", phase: "prompt" }],
  ])("after %s, which is no content", async (_, event) => {
    const { handler, attempts } = tries([[{ type: "start" }], [event], busy], answerOf("fine"));
    expect((await stubClient(handler).chat({ messages: "Hi" })).text).toBe("fine");
    expect(attempts).toEqual([1, 2]);
  });
});

describe("what the caller sees", () => {
  const warning: ModelEvent = { type: "warning", warning: { option: "topK", message: "left out" } };
  const started: Batch = [{ type: "start", requestId: "2" }, warning];
  const answered: readonly Batch[] = [started, ...answerOf("fine").slice(1)];

  test("one start, the failures before it, each warning once", async () => {
    const { handler } = tries([[{ type: "start", requestId: "1" }, warning], busy], answered);
    expect(await eventsOf(handler)).toEqual([
      { type: "start", requestId: "2" },
      { type: "retry", failure: expect.objectContaining({ attempt: 1, code: "overloaded" }) },
      warning,
      { type: "text-delta", choice: 0, text: "fine" },
      { type: "finish", finishReasons: ["stop"] },
    ]);
  });

  test("one start, also when progress had been delivered before the failure", async () => {
    const progress: Batch = [{ type: "progress", phase: "prompt" }];
    const { handler } = tries([started, progress, busy], [started, progress, ...answered.slice(1)]);
    const types = (await eventsOf(handler)).map(({ type }) => type);
    expect(types).toEqual(["start", "warning", "progress", "retry", "progress", "text-delta", "finish"]);
  });

  test("no retry event where nothing failed", async () => {
    const { handler } = tries(answered);
    expect((await eventsOf(handler)).map(({ type }) => type)).toEqual(["start", "warning", "text-delta", "finish"]);
  });
});

describe("pauses", () => {
  test("grow, with jitter, from a quarter of a second", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.2);
    const { handler } = tries([busy], [busy], answerOf("fine"));
    const { failedAttempts } = await stubClient(handler).chat({ messages: "Hi" });
    expect(failedAttempts.map(({ delayMs }) => delayMs)).toEqual([50, 100]);
  });

  test("Retry-After is waited for, and said", async () => {
    const { handler } = tries([hinted(120)], answerOf("fine"));
    const result = await stubClient(handler).chat({ messages: "Hi" });
    expect(result.failedAttempts).toMatchObject([{ code: "rate-limit", delayMs: 120 }]);
    expect(result.timings.totalMs).toBeGreaterThanOrEqual(119);
  });

  test("a hint over a minute is not waited for: the error comes at once and tells the time", async () => {
    const { handler, attempts } = tries([hinted(60_001)], answerOf("fine"));
    const startedAt = performance.now();
    const error = await failureOf(stubClient(handler).chat({ messages: "Hi" }));
    expect(error).toMatchObject({ code: "rate-limit", retryAfterMs: 60_001, retryable: true });
    expect(attempts).toEqual([1]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test("abort ends a pause at once, and nothing is tried any more", async () => {
    const controller = new AbortController();
    const { handler, attempts } = tries([hinted(30_000)], answerOf("fine"));
    const call = stubClient(handler).chat({ messages: "Hi", signal: controller.signal });
    await vi.waitUntil(() => attempts.length === 1);
    controller.abort("enough");
    expect(await failureOf(call)).toMatchObject({ code: "abort", cause: "enough" });
    expect(attempts).toEqual([1]);
  });

  test("the total limit ends a pause, and counts all tries", async () => {
    const { handler, attempts } = tries([hinted(30_000)], answerOf("fine"));
    const error = await failureOf(stubClient(handler).chat({ messages: "Hi", timeout: { totalMs: 60 } }));
    expect(error).toMatchObject({ code: "timeout", phase: "total" });
    expect(attempts).toEqual([1]);
  });
});

describe("the source", () => {
  /** An endless answer that says when it was closed. */
  function endless() {
    const closed = vi.fn();
    const handler: Handler = async function* reply() {
      try {
        yield [{ type: "start" }];
        for (;;) yield [{ type: "text-delta", choice: 0, text: "a" }];
      } finally {
        closed();
      }
    };
    return { handler, closed };
  }

  test.each(["start", "text-delta"])("is closed once when the consumer leaves at the first %s", async (at) => {
    const { handler, closed } = endless();
    for await (const { type } of stubClient(handler).stream({ messages: "Hi" })) if (type === at) break;
    expect(closed).toHaveBeenCalledTimes(1);
  });

  test("is closed when the consumer throws", async () => {
    const { handler, closed } = endless();
    const reading = (async () => {
      for await (const _ of stubClient(handler).stream({ messages: "Hi" })) throw new Error("the consumer's own");
    })();
    await expect(reading).rejects.toThrow("the consumer's own");
    expect(closed).toHaveBeenCalledTimes(1);
  });

  test("is not begun again for a reader that left in a pause", async () => {
    const { handler, attempts } = tries([hinted(60)], answerOf("fine"));
    const reader = retry(2)(chatRequest(), context(), handler)[Symbol.asyncIterator]();
    const waiting = reader.next();
    await vi.waitUntil(() => attempts.length === 1);
    await reader.return?.();
    expect((await waiting).done).toBe(true);
    expect(attempts).toEqual([1]);
  });
});
