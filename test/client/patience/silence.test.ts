import { describe, expect, test, vi } from "vitest";

import { watchSilence } from "../../../src/client/patience/silence.ts";
import type { Batch } from "../../../src/core/event.ts";
import type { Handler } from "../../../src/core/handler.ts";
import type { Health } from "../../../src/core/health.ts";
import { context, chatRequest, stubProvider } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

const afterMs = 80;
const delta: Batch = [{ type: "text-delta", choice: 0, text: "a" }];

/** A reply that goes on when it is told to. */
function onCue() {
  const cues: ((batch: Batch | undefined) => void)[] = [];
  const closed = vi.fn();
  const handler: Handler = async function* reply() {
    try {
      for (;;) {
        const batch = await new Promise<Batch | undefined>((resolve) => cues.push(resolve));
        if (!batch) return;
        yield batch;
      }
    } finally {
      closed();
    }
  };
  const say = async (batch?: Batch): Promise<void> => {
    await vi.waitUntil(() => cues.length > 0);
    cues.shift()?.(batch);
  };
  return { handler, say, closed };
}

function watched(handler: Handler, health: () => Promise<Health>) {
  const provider = stubProvider(handler, { health: vi.fn(health) });
  const batches = watchSilence(provider, afterMs)(chatRequest(), context(), handler)[Symbol.asyncIterator]();
  return { batches, health: provider.health };
}

const answers = (status: Health["status"]) => () => Promise.resolve({ status, detail: "refused" });

describe("silence", () => {
  test("gives a progress event with the server's health, again and again, and ends nothing", async () => {
    const { handler, say } = onCue();
    const { batches } = watched(handler, answers("ready"));
    const waits: number[] = [];
    for (const _ of [1, 2]) {
      const { value } = await batches.next();
      const [event] = (value ?? []) as Batch;
      expect(event).toMatchObject({ type: "progress", phase: "waiting", health: "ready" });
      waits.push(event?.type === "progress" ? (event.silentMs ?? 0) : 0);
    }
    expect(waits[0]).toBeGreaterThanOrEqual(afterMs - 2);
    expect(waits[1]).toBeGreaterThanOrEqual(2 * afterMs - 4);
    const next = batches.next();
    await say(delta);
    expect((await next).value).toEqual(delta);
    const end = batches.next();
    await say();
    expect((await end).done).toBe(true);
  });

  test.each(["starting", "loading", "busy", "wedged"] as const)(
    "of a server that is %s ends nothing",
    async (status) => {
      const { handler } = onCue();
      const { batches } = watched(handler, answers(status));
      expect((await batches.next()).value).toMatchObject([{ type: "progress", health: status }]);
      await batches.next();
    },
  );

  test("of a server that is gone ends the call at once, and closes the source, which would wait for ever", async () => {
    const leave = vi.fn(() => Promise.resolve({ done: true as const, value: undefined }));
    const source: AsyncIterator<Batch> = { next: () => new Promise(() => undefined), return: leave };
    const { batches } = watched(() => ({ [Symbol.asyncIterator]: () => source }), answers("down"));
    const error = await failureOf(batches.next());
    expect(error).toMatchObject({ code: "reset", retryable: true });
    expect(error.message).toContain("refused");
    expect(leave).toHaveBeenCalledTimes(1);
  });

  test.each([
    ["answers with an error", () => Promise.reject(new Error("no answer"))],
    [
      "throws",
      () => {
        throw new Error("a provider's own mistake");
      },
    ],
  ])("of a server whose health %s is told without it", async (_, health) => {
    const { handler } = onCue();
    const { batches } = watched(handler, health);
    const { value } = await batches.next();
    expect(value).toEqual([{ type: "progress", phase: "waiting", silentMs: expect.any(Number) }]);
  });
});

describe("a reply that goes on", () => {
  test("is not watched any more when it has ended", async () => {
    const { handler, say } = onCue();
    const { batches, health } = watched(handler, answers("ready"));
    const first = batches.next();
    await say(delta);
    await first;
    const end = batches.next();
    await say();
    await end;
    await new Promise((resolve) => setTimeout(resolve, 3 * afterMs)); // no event tells that nothing happens
    expect(health).not.toHaveBeenCalled();
  });

  test("is not ended by an answer that says down and comes after more of it", async () => {
    const { handler, say } = onCue();
    let answer: ((health: Health) => void) | undefined;
    const { batches, health } = watched(handler, () => new Promise((resolve) => (answer = resolve)));
    const first = batches.next();
    await vi.waitUntil(() => vi.mocked(health).mock.calls.length === 1);
    await say(delta);
    expect((await first).value).toEqual(delta);
    const second = batches.next();
    answer?.({ status: "down", detail: "its last connection was taken" });
    await new Promise(setImmediate);
    await say(delta);
    expect((await second).value).toEqual(delta);
  });

  test("that the consumer leaves is closed, and not asked about", async () => {
    const { handler, say, closed } = onCue();
    const { batches, health } = watched(handler, answers("ready"));
    const first = batches.next();
    await say(delta);
    await first;
    await batches.return?.();
    expect(closed).toHaveBeenCalledTimes(1);
    await new Promise((resolve) => setTimeout(resolve, 3 * afterMs)); // no event tells that nothing happens
    expect(health).not.toHaveBeenCalled();
  });
});
