import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createClient, type ClientOptions } from "../../../src/client/client.ts";
import type { CallOptions } from "../../../src/client/inputs.ts";
import { concurrencyLimit } from "../../../src/client/patience/concurrency-limit.ts";
import { InhouseError } from "../../../src/core/error.ts";
import type { Batch } from "../../../src/core/event.ts";
import type { Handler } from "../../../src/core/handler.ts";
import type { ModelRequest } from "../../../src/core/request.ts";
import { memory } from "../../../src/testing/memory.ts";
import { answerOf, ended, stubClient, stubProvider } from "../../support/canned.ts";
import { failureOf, thrownBy } from "../../support/loopback.ts";

const [start, text, finish] = answerOf("a") as [Batch, Batch, Batch];

/** What a call is known by: the text of its only message, or its first input. */
function nameOf(request: ModelRequest): string {
  if (request.kind === "embedding") return request.inputs[0] ?? "";
  const content = request.kind === "chat" ? request.messages[0]?.content : undefined;
  return typeof content === "string" ? content : "";
}

/** A server that begins every reply and ends it when it is told to; the calls go by what their message says. */
function server() {
  const asked: string[] = [];
  const cues = new Map<string, (error?: Error) => void>();
  let running = 0;
  let most = 0;
  const handler: Handler = async function* reply(request, { signal }) {
    const name = nameOf(request);
    asked.push(name);
    running += 1;
    most = Math.max(most, running);
    try {
      yield start;
      yield text;
      const cue = new Promise<void>((resolve, reject) => {
        cues.set(name, (error) => (error ? reject(error) : resolve()));
      });
      await Promise.race([cue, ended(signal)]);
      yield finish;
    } finally {
      running -= 1;
    }
  };
  /** Ends a reply, once it runs. */
  async function end(name: string, error?: Error): Promise<void> {
    await vi.waitUntil(() => cues.has(name));
    cues.get(name)?.(error);
    cues.delete(name);
  }
  const comes = (name: string): Promise<unknown> => vi.waitUntil(() => asked.includes(name));
  return { handler, asked, end, comes, running: () => running, most: () => most };
}

/** A client of such a server, and a way to call it by name. */
function limited(concurrency: NonNullable<ClientOptions["concurrency"]>, more: Partial<ClientOptions> = {}) {
  const played = server();
  const client = stubClient(played.handler, { concurrency, maxRetries: 0, ...more });
  const call = (name: string, options: CallOptions = {}) => client.chat({ messages: name, ...options });
  return { ...played, client, call };
}

describe("a concurrency limit", () => {
  test("lets the others wait, first come, first served", async () => {
    const { call, end, asked, most } = limited(2);
    const calls = ["1", "2", "3", "4"].map((name) => call(name));
    await end("2");
    await end("3");
    await end("1");
    await end("4");
    for (const result of await Promise.all(calls)) expect(result.text).toBe("a");
    expect(asked).toEqual(["1", "2", "3", "4"]);
    expect(most()).toBe(2);
  });

  test("lets interactive calls go before the batch, which gets every fifth turn", async () => {
    const { call, end, asked } = limited(1);
    const calls = [call("first")];
    for (let number = 1; number <= 6; number += 1) calls.push(call(`b${number}`, { priority: "batch" }));
    for (let number = 1; number <= 6; number += 1) calls.push(call(`i${number}`));
    const expected = ["first", "i1", "i2", "i3", "i4", "b1", "i5", "i6", "b2", "b3", "b4", "b5", "b6"];
    for (const name of expected) await end(name);
    await Promise.all(calls);
    expect(asked).toEqual(expected);
  });

  test("is shared by the clients that are given the same one", async () => {
    const places = concurrencyLimit({ max: 1 });
    const one = limited(places);
    const other = limited(places);
    const first = one.call("first");
    await one.comes("first");
    const second = other.call("second");
    await vi.waitUntil(() => places.waiting() === 1);
    expect([places.running(), other.asked]).toEqual([1, []]);
    await one.end("first");
    await other.end("second");
    await Promise.all([first, second]);
    expect([places.running(), places.waiting()]).toEqual([0, 0]);
  });

  test("holds for calls of every kind, each request of an embed() for itself", async () => {
    const provider = memory({ delayMs: 1 });
    const others: number[] = []; // how many ran when one more came
    const send: Handler = (request, context) => {
      others.push(provider.running);
      return provider.send(request, context);
    };
    const client = createClient({ provider: { ...provider, send }, concurrency: 2 });
    await Promise.all([
      client.embed({ input: Array<string>(64).fill("a"), batchSize: 4, concurrency: 8 }),
      client.complete({ prompt: "a b c" }),
      client.rerank({ query: "a", documents: ["a"] }),
      client.tokenize({ text: "a" }),
    ]);
    expect(Math.max(...others)).toBeLessThan(2);
    expect(others).toHaveLength(16 + 3);
  });
});

describe("a full queue", () => {
  test("refuses a call at once with both numbers, and is not asked again", async () => {
    const places = concurrencyLimit({ max: 1, maxQueued: 1 });
    const { call, end, comes, asked } = limited(places, { maxRetries: 5 });
    const calls = [call("1"), call("2")];
    await comes("1");
    const error = await failureOf(call("3"));
    expect(error).toMatchObject({ code: "overloaded", retryable: true, concurrency: { max: 1, maxQueued: 1 } });
    expect(error.message).toBe("The client's queue is full: 1 call runs and 1 wait.");
    expect(error.attempts).toHaveLength(1);
    await end("1");
    await end("2");
    await Promise.all(calls);
    expect(asked).toEqual(["1", "2"]);
    expect([places.running(), places.waiting()]).toEqual([0, 0]);
  });

  test("may be none at all", async () => {
    const { call, end, comes } = limited({ max: 1, maxQueued: 0 });
    const first = call("1");
    await comes("1");
    expect((await failureOf(call("2"))).message).toContain("1 call runs and 0 wait");
    await end("1");
    await first;
  });
});

describe("a waiting call", () => {
  async function withOneRunning(more: Partial<ClientOptions> = {}) {
    const places = concurrencyLimit({ max: 1 });
    const played = limited(places, more);
    const first = played.call("first");
    await played.comes("first");
    return { ...played, places, first };
  }

  test("is told where it stands, and again when that changed", async () => {
    vi.useFakeTimers();
    try {
      const { client, places, first, end } = await withOneRunning();
      const before = client.stream({ messages: "before" });
      const beforeEvents = before[Symbol.asyncIterator]();
      expect((await beforeEvents.next()).value).toEqual({ type: "progress", phase: "queued", position: 1 });
      const events = client.stream({ messages: "b", priority: "batch" })[Symbol.asyncIterator]();
      expect((await events.next()).value).toEqual({ type: "progress", phase: "queued", position: 2 });
      const change = events.next();
      await beforeEvents.return?.();
      await vi.advanceTimersByTimeAsync(1_000);
      expect((await change).value).toEqual({ type: "progress", phase: "queued", position: 1 });
      const opened = events.next();
      await vi.advanceTimersByTimeAsync(60_000); // nothing changes, and nothing is told
      await end("first");
      expect((await opened).value).toEqual({ type: "start" });
      await first;
      expect(places.waiting()).toBe(0);
      await events.return?.();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each<[string, (controller: AbortController) => CallOptions, (controller: AbortController) => void, string]>([
    ["its signal", ({ signal }) => ({ signal }), (controller) => controller.abort("enough"), "abort"],
    ["its total limit", () => ({ timeout: { totalMs: 20 } }), () => undefined, "timeout"],
  ])("is ended by %s at once, and never sent", async (_, options, act, code) => {
    const { call, places, first, end, asked } = await withOneRunning();
    const controller = new AbortController();
    const second = failureOf(call("second", options(controller)));
    const third = call("third");
    await vi.waitUntil(() => places.waiting() === 2);
    act(controller);
    expect((await second).code).toBe(code);
    expect(places.waiting()).toBe(1);
    await end("first");
    await end("third");
    await Promise.all([first, third]);
    expect(asked).toEqual(["first", "third"]);
    expect(places.running()).toBe(0);
  });

  test("is left by break, and by a reader that leaves while it waits", async () => {
    const { client, places, first, end, asked } = await withOneRunning();
    for await (const { type } of client.stream({ messages: "second" })) {
      expect(type).toBe("progress");
      break;
    }
    expect(places.waiting()).toBe(0);
    const events = client.stream({ messages: "third" })[Symbol.asyncIterator]();
    await events.next();
    const waiting = events.next();
    waiting.catch(() => undefined);
    await events.return?.();
    expect(places.waiting()).toBe(0);
    await end("first");
    await first;
    expect(asked).toEqual(["first"]);
  });

  test("is sent when its turn comes, also where its reader is slow", async () => {
    const { client, first, end, comes } = await withOneRunning();
    const events = client.stream({ messages: "second" })[Symbol.asyncIterator]();
    await events.next(); // its position, and no read after that
    await end("first");
    await first;
    await comes("second");
    expect((await events.next()).value).toEqual({ type: "start" });
    await events.return?.();
  });

  test("does not use up the first-token limit, and its timings tell how long it waited", async () => {
    const { call, first, end } = await withOneRunning();
    const second = call("second", { timeout: { firstTokenMs: 60 } });
    await new Promise((resolve) => setTimeout(resolve, 90)); // longer than the limit
    await end("first");
    await end("second");
    const { timings } = await second;
    expect(timings.queuedMs).toBeGreaterThan(60);
    expect(timings.firstTokenMs).toBeGreaterThanOrEqual(timings.queuedMs ?? Infinity);
    expect((await first).timings).not.toHaveProperty("queuedMs");
  });

  test("has the whole first-token limit when its turn has come", async () => {
    const places = concurrencyLimit({ max: 1 });
    const silent: Handler = async function* reply(_, { signal }) {
      yield start;
      await ended(signal);
    };
    const client = createClient({ provider: stubProvider(silent), concurrency: places, maxRetries: 0 });
    const calls = ["a", "b"].map((messages) => failureOf(client.chat({ messages, timeout: { firstTokenMs: 30 } })));
    for (const error of await Promise.all(calls))
      expect(error).toMatchObject({ code: "timeout", phase: "first-token" });
    expect(places.running()).toBe(0);
  });
});

describe("a place", () => {
  beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0.2));
  afterEach(() => void vi.restoreAllMocks());

  test("is not held in the pause between two tries", async () => {
    const { client, call, end, asked } = limited(1, { maxRetries: 1 });
    const tried: Handler = () => {
      throw new InhouseError("overloaded", "busy", { retryAfterMs: 50 });
    };
    const places = concurrencyLimit({ max: 1 });
    const busy = stubClient(tried, { concurrency: places, maxRetries: 1 });
    const failing = failureOf(busy.chat({ messages: "a" }));
    await vi.waitUntil(() => places.running() === 0);
    expect((await failing).attempts).toHaveLength(2);
    const calls = [call("1"), call("2")];
    await end("1");
    await end("2");
    await Promise.all(calls);
    expect(asked).toEqual(["1", "2"]);
    await client.close();
  });

  test("is held by a stream that its reader leaves open, and by none that was not begun", async () => {
    const places = concurrencyLimit({ max: 1 });
    const { client } = limited(places);
    client.stream({ messages: "never read" });
    expect(places.running()).toBe(0);
    const events = client.stream({ messages: "open" })[Symbol.asyncIterator]();
    await events.next();
    expect(places.running()).toBe(1);
    await events.return?.();
    expect(places.running()).toBe(0);
  });

  test("comes back exactly once, whatever becomes of the calls, and never are there more at the server", async () => {
    const fate = fc.record({
      how: fc.constantFrom("ends", "fails", "is aborted", "is left", "is left unread"),
      priority: fc.constantFrom("interactive", "batch"),
      ticks: fc.nat(6),
    });
    const property = fc.asyncProperty(
      fc.array(fate, { maxLength: 25 }),
      fc.integer({ min: 1, max: 4 }),
      async (fates, max) => {
        const places = concurrencyLimit({ max });
        let running = 0;
        let most = 0;
        const begun = { interactive: [] as number[], batch: [] as number[] };
        const handler: Handler = async function* reply(request, { signal, priority = "interactive" }) {
          const number = Number(nameOf(request));
          begun[priority].push(number);
          running += 1;
          most = Math.max(most, running);
          try {
            yield start;
            await ticked(fates[number]?.ticks ?? 0);
            if (fates[number]?.how === "fails") throw new InhouseError("server", "broken");
            if (fates[number]?.how === "is aborted") await ended(signal);
            yield text;
            yield finish;
          } finally {
            running -= 1;
          }
        };
        const client = stubClient(handler, { concurrency: places, maxRetries: 0 });
        await Promise.all(
          fates.map(async ({ how, priority, ticks }, number) => {
            const controller = new AbortController();
            const stream = client.stream({ messages: String(number), priority, signal: controller.signal });
            const events = stream[Symbol.asyncIterator]();
            if (how === "is aborted") setTimeout(() => controller.abort(), ticks);
            if (how === "is left unread") return ticked(ticks).then(() => events.return?.());
            try {
              for (let step = await events.next(); !step.done; step = await events.next()) {
                if (how === "is left" && step.value.type !== "progress") await events.return?.();
              }
              expect(["ends", "is left"]).toContain(how);
            } catch {
              expect(["fails", "is aborted"]).toContain(how);
            }
            return undefined;
          }),
        );
        expect(most).toBeLessThanOrEqual(max);
        for (const order of Object.values(begun)) expect(order).toEqual(order.toSorted((a, b) => a - b));
        expect([places.running(), places.waiting(), running]).toEqual([0, 0, 0]);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });
});

const ticked = async (times: number): Promise<void> => {
  for (let turn = 0; turn < times; turn += 1) await Promise.resolve();
};

describe("options", () => {
  test.each<[string, unknown, string]>([
    ["no places", 0, "concurrency.max: expected a whole number from 1"],
    ["half a place", 1.5, "concurrency.max: expected a whole number"],
    ["a text", "4", "concurrency: expected an options object, got a string"],
    ["a misspelt key", { max: 1, maxQueue: 2 }, 'unknown option "maxQueue"'],
    ["a queue below 0", { max: 1, maxQueued: -1 }, "concurrency.maxQueued: expected a whole number from 0"],
  ])("%s is refused", (_, concurrency, words) => {
    const options = { provider: memory(), concurrency } as ClientOptions;
    expect(thrownBy(() => createClient(options)).message).toContain(words);
  });

  test("a priority that is none is refused", async () => {
    const client = createClient({ provider: memory() });
    const error = await failureOf(client.chat({ messages: "a", priority: "high" as never }));
    expect(error).toMatchObject({ code: "invalid-request" });
    expect(error.message).toContain('"interactive" or "batch"');
  });
});
