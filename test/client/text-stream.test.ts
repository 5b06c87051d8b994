import { setImmediate as turn } from "node:timers/promises";

import { afterEach, describe, expect, test, vi } from "vitest";

import { InhouseError } from "../../src/core/error.ts";
import type { Handler } from "../../src/core/handler.ts";
import { answerOf, ended, scripted, stubClient } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

const unhandled = vi.fn();
process.on("unhandledRejection", unhandled);
afterEach(async () => {
  await turn();
  expect(unhandled).not.toHaveBeenCalled();
});

const streamOf = (handler: Handler, signal?: AbortSignal) =>
  stubClient(handler, { maxRetries: 0 }).stream({ messages: "Hi", ...(signal ? { signal } : {}) });

const broken = new InhouseError("reset", "lost");

/** Counts how often it is asked, and says whether its reply was closed. */
function counted(reply: Handler) {
  const state = { asked: 0, closed: 0 };
  const handler: Handler = async function* counting(request, context) {
    state.asked += 1;
    try {
      yield* reply(request, context);
    } finally {
      state.closed += 1;
    }
  };
  return { handler, state };
}

/** Sends one piece, then waits for the end of the call. */
const waiting: Handler = async function* reply(_, { signal }) {
  yield* answerOf("a").slice(0, 2);
  await ended(signal);
};

describe("reading", () => {
  test("nothing is sent before somebody reads or asks", async () => {
    const { handler, state } = counted(scripted(answerOf("a")));
    const stream = streamOf(handler);
    await turn();
    expect(state.asked).toBe(0);
    await stream.result;
    expect(state.asked).toBe(1);
  });

  test("the result alone reads the stream", async () => {
    const stream = streamOf(scripted(answerOf("Hel", "lo")));
    expect((await stream.result).text).toBe("Hello");
    expect(await stream.result).toBe(await stream.result);
  });

  test("a loop, then the result; a result that was asked for before the loop", async () => {
    for (const early of [false, true]) {
      const { handler, state } = counted(scripted(answerOf("Hel", "lo")));
      const stream = streamOf(handler);
      const asked = early ? stream.result : undefined;
      const types: string[] = [];
      for await (const { type } of stream) types.push(type);
      expect(types).toEqual(["start", "text-delta", "text-delta", "finish"]);
      expect((await (asked ?? stream.result)).text).toBe("Hello");
      expect(state).toEqual({ asked: 1, closed: 1 });
    }
  });

  test("text is the first answer's", async () => {
    const handler = scripted([
      [{ type: "start" }],
      [
        { type: "text-delta", choice: 1, text: "other" },
        { type: "text-delta", choice: 0, text: "this" },
        { type: "reasoning-delta", choice: 0, text: "hm" },
      ],
      [{ type: "finish", finishReasons: ["stop", "stop"] }],
    ]);
    const texts: string[] = [];
    for await (const text of streamOf(handler).text) texts.push(text);
    expect(texts).toEqual(["this"]);
  });

  test("twice is an error, however it is read", async () => {
    const stream = streamOf(scripted(answerOf("a")));
    for await (const _ of stream);
    for (const again of [
      () => stream[Symbol.asyncIterator](),
      () => stream.text[Symbol.asyncIterator](),
      () => stream.toReadableStream(),
      () => stream.toResponse(),
    ]) {
      expect(again).toThrow(expect.objectContaining({ code: "invalid-request" }));
    }
    expect((await stream.result).text).toBe("a");
  });

  test("it is not thenable: an async function may return it", async () => {
    const { handler, state } = counted(scripted(answerOf("a")));
    const stream = await (async () => streamOf(handler))();
    expect(state.asked).toBe(0);
    expect("then" in stream).toBe(false);
  });
});

describe("failing", () => {
  test("the loop throws, and the result rejects with the same error and what came", async () => {
    const stream = streamOf(scripted([...answerOf("so far").slice(0, 2), broken]));
    const texts: string[] = [];
    const error = await failureOf(
      (async () => {
        for await (const text of stream.text) texts.push(text);
      })(),
    );
    expect(texts).toEqual(["so far"]);
    expect(error).toMatchObject({ code: "reset", partial: { text: "so far" } });
    expect(await failureOf(stream.result)).toBe(error);
  });

  test("a stream that nobody reads rejects nothing unhandled", async () => {
    streamOf(scripted([broken]));
    const { result } = streamOf(scripted([broken]));
    void result;
    for await (const _ of streamOf(scripted(answerOf("a")))) break;
    await turn();
  });

  test("a reply without a finish is truncated, whatever the provider thinks", async () => {
    expect((await failureOf(streamOf(scripted(answerOf("a").slice(0, 2))).result)).code).toBe("truncated");
  });

  test("a reply without an answer is no result of undefined text", async () => {
    const handler = scripted([[{ type: "start" }], [{ type: "finish", finishReasons: [] }]]);
    expect((await failureOf(streamOf(handler).result)).code).toBe("protocol");
  });
});

describe("leaving", () => {
  test("break closes the source, and the result rejects with abort and what came", async () => {
    const { handler, state } = counted(waiting);
    const stream = streamOf(handler);
    for await (const { type } of stream) if (type === "text-delta") break;
    expect(state.closed).toBe(1);
    expect(await failureOf(stream.result)).toMatchObject({ code: "abort", name: "AbortError", partial: { text: "a" } });
  });

  test("break at the last event leaves nothing out: the source is closed, and the result is there", async () => {
    const { handler, state } = counted(scripted(answerOf("a", "b")));
    const stream = streamOf(handler);
    for await (const { type } of stream) if (type === "finish") break;
    expect(state.closed).toBe(1);
    expect((await stream.result).text).toBe("ab");
  });

  test("break at the last text leaves the end out", async () => {
    const stream = streamOf(scripted([answerOf("a").flat()]));
    for await (const _ of stream.text) break;
    expect((await failureOf(stream.result)).code).toBe("abort");
  });

  test("leaving the loop over text closes the source", async () => {
    const { handler, state } = counted(waiting);
    for await (const _ of streamOf(handler).text) break;
    expect(state.closed).toBe(1);
  });

  test("return() while next() waits ends the call at once", async () => {
    const { handler, state } = counted(waiting);
    const reader = streamOf(handler)[Symbol.asyncIterator]();
    for (const _ of [1, 2]) await reader.next();
    const next = failureOf(reader.next() as Promise<unknown>);
    await reader.return?.();
    expect(state.closed).toBe(1);
    expect((await next).code).toBe("abort");
  });

  test("a reader that left, or that was told of a failure, gets nothing more", async () => {
    const together: Handler = scripted([answerOf("a", "b").flat()]);
    for (const handler of [together, waiting, scripted([...answerOf("a").slice(0, 2), broken])]) {
      const reader = streamOf(handler)[Symbol.asyncIterator]();
      for (const _ of [1, 2]) await reader.next();
      if (handler === together || handler === waiting) await reader.return?.();
      else expect(await failureOf(reader.next() as Promise<unknown>)).toMatchObject({ code: "reset" });
      for (const _ of [1, 2]) expect(await reader.next()).toEqual({ done: true, value: undefined });
    }
    const unread = streamOf(together)[Symbol.asyncIterator]();
    await unread.return?.();
    expect((await unread.next()).done).toBe(true);
  });

  test("a reply without its last event is truncated, and keeps its text", async () => {
    const error = await failureOf(streamOf(scripted(answerOf("so far").slice(0, 2))).result);
    expect(error).toMatchObject({ code: "truncated", retryable: false, partial: { text: "so far" } });
  });

  test("the caller's signal ends it with abort, its reason and what came", async () => {
    const controller = new AbortController();
    const stream = streamOf(waiting, controller.signal);
    const reading = failureOf(
      (async () => {
        for await (const { type } of stream) if (type === "text-delta") controller.abort("enough");
      })(),
    );
    const error = await reading;
    expect(error).toMatchObject({ code: "abort", cause: "enough", partial: { text: "a" } });
    expect(await failureOf(stream.result)).toBe(error);
  });

  test("a signal that was aborted before sends nothing", async () => {
    const { handler, state } = counted(waiting);
    expect(await failureOf(streamOf(handler, AbortSignal.abort("no")).result)).toMatchObject({
      code: "abort",
      cause: "no",
    });
    expect(state.asked).toBe(0);
  });
});

describe("reads at the same time", () => {
  test("are served in their order, each once, and those after the end are told so", async () => {
    const reader = streamOf(scripted([...answerOf("a", "b").slice(0, 2), answerOf("b", "c").slice(1).flat()])).text[
      Symbol.asyncIterator
    ]();
    const steps = await Promise.all([1, 2, 3, 4, 5].map(() => reader.next()));
    expect(steps.map(({ value }) => value as unknown)).toEqual(["a", "b", "c", undefined, undefined]);
    expect(steps.map(({ done }) => done ?? false)).toEqual([false, false, false, true, true]);
  });

  test("fail once, and are at the end from then on", async () => {
    const reader = streamOf(scripted([answerOf("a").slice(0, 2).flat(), broken])).text[Symbol.asyncIterator]();
    const steps = await Promise.allSettled([1, 2, 3].map(() => reader.next()));
    expect(steps.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(steps[2]).toMatchObject({ value: { done: true } });
  });
});
