import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import { retryBudget } from "../../../src/client/patience/retry-budget.ts";
import { retry } from "../../../src/client/patience/retry.ts";
import { InhouseError } from "../../../src/core/error.ts";
import type { Batch, ModelEvent } from "../../../src/core/event.ts";
import type { Handler } from "../../../src/core/handler.ts";
import { answerOf, chatRequest, context, ended, scripted, stubClient, stubProvider } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0)); // no jitter: a retry comes after the shortest pause
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
      { attempt: 1, code: "overloaded", message: "busy", delayMs: 50 },
      { attempt: 2, code: "overloaded", message: "busy", delayMs: 50 },
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

describe("every error tells of its tries", () => {
  const told = async (call: Promise<unknown>) =>
    (await failureOf(call)).attempts.map(({ attempt, code, delayMs }) => [attempt, code, delayMs]);

  test("of a call that failed at once", async () => {
    const { handler } = tries([new InhouseError("auth", "no")]);
    expect(await told(stubClient(handler).chat({ messages: "Hi" }))).toEqual([[1, "auth", 0]]);
  });

  test("of a call that its total limit ended in the second try", async () => {
    const handler: Handler = (request, call) =>
      call.attempt === 1 ? scripted([busy])(request, call) : silent(request, call);
    const silent: Handler = async function* reply(_, { signal }) {
      yield [{ type: "start" }];
      await ended(signal);
    };
    const call = stubClient(handler).chat({ messages: "Hi", timeout: { totalMs: 300 } });
    expect(await told(call)).toEqual([
      [1, "overloaded", 50],
      [2, "timeout", 0],
    ]);
  });

  test("of a policy that refuses", async () => {
    const refusing = () => {
      throw new InhouseError("forbidden", "not here");
    };
    const client = stubClient(tries(answerOf("fine")).handler, { middleware: [refusing] });
    expect(await told(client.chat({ messages: "Hi" }))).toEqual([[1, "forbidden", 0]]);
  });

  test("of a list of models", async () => {
    const models = () => Promise.reject(busy);
    const provider = stubProvider(scripted([]), { models, describe: models });
    expect(await told(createClient({ provider }).models())).toEqual([[1, "overloaded", 0]]);
    expect(await told(createClient({ provider }).describe("m"))).toEqual([[1, "overloaded", 0]]);
    expect(await told(createClient({ provider }).capabilities("m"))).toEqual([[1, "overloaded", 0]]);
  });

  test("of an answer that does not fit", async () => {
    const { handler } = tries([busy], answerOf("no number"));
    const stream = stubClient(handler).stream({ messages: "Hi", output: { type: "integer" } });
    expect(await told(stream.result)).toEqual([
      [1, "overloaded", 50],
      [2, "schema", 0],
    ]);
  });

  test("of a call that was aborted before it began there are none", async () => {
    const { handler } = tries(answerOf("fine"));
    expect(await told(stubClient(handler).chat({ messages: "Hi", signal: AbortSignal.abort() }))).toEqual([]);
  });

  test("of an option that is wrong there are none", async () => {
    const { handler } = tries(answerOf("fine"));
    expect(await told(stubClient(handler).chat({ messages: 7 as never }))).toEqual([]);
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
    expect(error.hint).toContain("The server asked to come again in 60001 ms");
    expect(attempts).toEqual([1]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test("abort ends a pause at once, and nothing is tried any more", async () => {
    const controller = new AbortController();
    const { handler, attempts } = tries([hinted(30_000)], answerOf("fine"));
    const call = stubClient(handler).chat({ messages: "Hi", signal: controller.signal });
    await vi.waitUntil(() => attempts.length === 1);
    controller.abort("enough");
    const error = await failureOf(call);
    expect(error).toMatchObject({ code: "abort", cause: "enough", attempts: [{ attempt: 1, code: "rate-limit" }] });
    expect(attempts).toEqual([1]);
  });

  test("are never shorter than Retry-After, and never the same for all who heard it", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { handler } = tries([hinted(100)], answerOf("fine"));
    const { failedAttempts } = await stubClient(handler).chat({ messages: "Hi" });
    expect(failedAttempts).toMatchObject([{ delayMs: 225 }]);
  });

  test("are never shorter than 50 ms, although the server says at once", async () => {
    const { handler } = tries([hinted(0)], answerOf("fine"));
    expect((await stubClient(handler).chat({ messages: "Hi" })).failedAttempts).toMatchObject([{ delayMs: 50 }]);
  });

  test.each([
    ["Retry-After", hinted(30_000), "rate-limit", /come again in 30000 ms, at \d{4}-.*longer than the \d+ ms left/],
    ["a pause of our own", busy, "overloaded", /total limit leaves no time/],
  ] as const)("that cannot end within the total limit are not begun: %s", async (_, failure, code, hint) => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const { handler, attempts } = tries([failure], answerOf("fine"));
    const startedAt = performance.now();
    const error = await failureOf(stubClient(handler).chat({ messages: "Hi", timeout: { totalMs: 200 } }));
    expect(performance.now() - startedAt).toBeLessThan(200);
    expect(error).toMatchObject({ code, retryable: true, attempts: [{ attempt: 1, code, delayMs: 0 }] });
    expect(error.hint).toMatch(hint);
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
    const settings = {
      maxRetries: 2,
      budget: retryBudget(),
      readiness: () => Promise.reject(new Error("not asked for")),
    };
    const reader = retry(settings)(chatRequest(), context(), handler)[Symbol.asyncIterator]();
    const waiting = reader.next();
    await vi.waitUntil(() => attempts.length === 1);
    await reader.return?.();
    expect((await waiting).done).toBe(true);
    expect(attempts).toEqual([1]);
  });
});
