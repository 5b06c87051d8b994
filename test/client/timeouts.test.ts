import { getEventListeners } from "node:events";

import { describe, expect, test } from "vitest";

import type { TimeoutOptions } from "../../src/client/inputs.ts";
import { defaultTimeouts, mergeTimeouts } from "../../src/client/timeouts.ts";
import type { Handler } from "../../src/core/handler.ts";
import { answerOf, ended, scripted, stubClient } from "../support/canned.ts";
import { failureOf, thrownBy } from "../support/loopback.ts";

/** Sends its texts, then nothing until the call is ended. */
const silentAfter = (...texts: readonly string[]): Handler =>
  async function* reply(_, { signal }) {
    yield* answerOf(...texts).slice(0, -1);
    await ended(signal);
  };

describe("of a call", () => {
  test("first token: nothing came", async () => {
    const call = stubClient(silentAfter()).chat({ messages: "Hi", timeout: { firstTokenMs: 40 } });
    expect(await failureOf(call)).toMatchObject({ code: "timeout", phase: "first-token", retryable: false });
  });

  test("first token: it stands still once content has come", async () => {
    const call = stubClient(silentAfter("a")).chat({ messages: "Hi", timeout: { firstTokenMs: 40, totalMs: 120 } });
    expect(await failureOf(call)).toMatchObject({ phase: "total", partial: { text: "a" } });
  });

  test("total: what came is kept", async () => {
    const error = await failureOf(
      stubClient(silentAfter("a", "b"), { timeout: { totalMs: 40 } }).chat({ messages: "Hi" }),
    );
    expect(error).toMatchObject({ code: "timeout", phase: "total", retryable: false, partial: { text: "ab" } });
  });

  test("a call that is done leaves no timer and no listener", async () => {
    const { signal } = new AbortController();
    const client = stubClient(scripted(answerOf("a")));
    const before = process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
    for (const _ of [1, 2, 3])
      await client.chat({ messages: "Hi", signal, timeout: { totalMs: 60_000, firstTokenMs: 60_000 } });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length).toBeLessThanOrEqual(
      before,
    );
  });

  test("those of the transport reach the provider; the call's own do not", async () => {
    let seen: unknown;
    const handler: Handler = (request, context) => {
      seen = context.timeouts;
      return scripted(answerOf("a"))(request, context);
    };
    const client = stubClient(handler, { timeout: { headersMs: 7_000, idleMs: Infinity } });
    await client.chat({ messages: "Hi", timeout: { connectMs: 1_000, totalMs: 9_000 } });
    expect(seen).toEqual({ connectMs: 1_000, headersMs: 7_000 });
  });
});

describe("mergeTimeouts", () => {
  test("what is not given is the default's", () => {
    const defaults = { connectMs: 5_000, idleMs: 300_000, readyMs: 300_000 };
    expect(mergeTimeouts(defaultTimeouts, undefined)).toEqual(defaults);
    expect(mergeTimeouts(defaultTimeouts, { totalMs: 1, readyMs: 0 })).toEqual({ ...defaults, totalMs: 1, readyMs: 0 });
  });

  test("Infinity, and what no timer can count, switches one off", () => {
    expect(mergeTimeouts(defaultTimeouts, { idleMs: Infinity, readyMs: Infinity, connectMs: 2 ** 31 })).toEqual({});
  });

  test.each([
    [{ totalMs: 0 }, "timeout.totalMs: expected a number from 1, got 0"],
    [{ totalMs: -5 }, "timeout.totalMs: expected a number from 1, got -5"],
    [{ totalMs: Number.NaN }, "got NaN"],
    [{ totalMs: "5s" as unknown as number }, "got a string"],
    [{ total: 5 } as TimeoutOptions, 'unknown option "total"'],
    [5 as unknown as TimeoutOptions, "expected an options object, got a number"],
  ])("%j is refused", (given, words) => {
    const error = thrownBy(() => mergeTimeouts(defaultTimeouts, given));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(words);
  });
});
