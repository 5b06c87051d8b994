import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createClient, type ClientOptions } from "../../../src/client/client.ts";
import { InhouseError } from "../../../src/core/error.ts";
import type { ModelEvent } from "../../../src/core/event.ts";
import type { Handler } from "../../../src/core/handler.ts";
import type { Health } from "../../../src/core/health.ts";
import { answerOf, scripted, stubProvider } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

const loading = new InhouseError("not-ready", "Loading model", { status: 503 });

/** A client of a server that loads as long as it is told to, and what it was asked. */
function loadingServer(options: Partial<ClientOptions> = {}) {
  const state = { loads: true, status: "loading" as Health["status"], calls: 0, asked: 0, asking: 0, most: 0 };
  const handler: Handler = (request, context) => {
    state.calls += 1;
    return scripted(state.loads ? [loading] : answerOf("fine"))(request, context);
  };
  const health = async (): Promise<Health> => {
    state.asked += 1;
    state.asking += 1;
    state.most = Math.max(state.most, state.asking);
    await new Promise(setImmediate);
    state.asking -= 1;
    return state.status === "loading" ? { status: "loading", progress: 0.4 } : { status: state.status };
  };
  const client = createClient({ provider: stubProvider(handler, { health }), ...options });
  const serve = (): void => {
    state.loads = false;
    state.status = "ready";
  };
  return { client, state, serve };
}

describe("a call to a server that loads", () => {
  test("waits, says so, and is answered: no retry and no budget was spent", async () => {
    const { client, state, serve } = loadingServer({ maxRetries: 0, retryBudget: { tokens: 0 } });
    const events: ModelEvent[] = [];
    const stream = client.stream({ messages: "Hi" });
    for await (const event of stream) {
      events.push(event);
      if (event.type === "progress" && event.progress !== undefined) serve();
    }
    const { text, failedAttempts } = await stream.result;
    expect(text).toBe("fine");
    expect(events.map(({ type }) => type)).toEqual(["progress", "progress", "start", "retry", "text-delta", "finish"]);
    expect(events[1]).toMatchObject({ phase: "loading", health: "loading", progress: 0.4 });
    expect(failedAttempts).toMatchObject([{ attempt: 1, code: "not-ready" }]);
    expect(failedAttempts[0]?.delayMs).toBeGreaterThan(0);
    expect(state.calls).toBe(2);
  });

  test("shares its questions with all that wait", async () => {
    const { client, state, serve } = loadingServer();
    const calls = Array.from({ length: 20 }, () => client.chat({ messages: "Hi" }));
    const waiting = client.waitUntilReady();
    await vi.waitUntil(() => state.asked >= 3);
    serve();
    await waiting;
    expect((await Promise.all(calls)).map(({ text }) => text)).toEqual(Array.from({ length: 20 }, () => "fine"));
    expect(state.most).toBe(1);
    expect(state.calls).toBe(40);
  });

  test("fails after timeout.readyMs with the server's refusal, what the waiting came to, and its tries", async () => {
    const { client, state } = loadingServer();
    const error = await failureOf(client.chat({ messages: "Hi", timeout: { readyMs: 120 } }));
    expect(error).toMatchObject({ code: "not-ready", status: 503, attempts: [{ attempt: 1, code: "not-ready" }] });
    expect(error.message).toBe("Loading model");
    expect(error.hint).toContain("(120 ms)");
    expect(error.hint).toContain("log shows how far it has come");
    expect(state.calls).toBe(1);
  });

  test("does not wait at all with readyMs 0", async () => {
    const { client, state } = loadingServer();
    const error = await failureOf(client.chat({ messages: "Hi", timeout: { readyMs: 0 } }));
    expect(error.code).toBe("not-ready");
    expect([state.calls, state.asked]).toEqual([1, 0]);
  });

  test("does not wait where the server says that waiting is no use", async () => {
    const handler = scripted([new InhouseError("not-ready", "not loaded", { retryable: false })]);
    const client = createClient({ provider: stubProvider(handler) });
    expect((await failureOf(client.chat({ messages: "Hi" }))).attempts).toHaveLength(1);
  });

  test("ends at once when it is aborted, and nobody asks the server any more", async () => {
    const { client, state } = loadingServer();
    const controller = new AbortController();
    const call = client.chat({ messages: "Hi", signal: controller.signal });
    await vi.waitUntil(() => state.asked > 0);
    controller.abort("enough");
    expect(await failureOf(call)).toMatchObject({
      code: "abort",
      cause: "enough",
      attempts: [{ attempt: 1, code: "not-ready" }],
    });
    const { asked } = state;
    await new Promise((resolve) => setTimeout(resolve, 300)); // no event tells that nothing happens
    expect(state.asked).toBe(asked);
  });

  test("ends at its total limit, and when the client is closed", async () => {
    const { client } = loadingServer();
    const limited = client.chat({ messages: "Hi", timeout: { totalMs: 100 } });
    expect(await failureOf(limited)).toMatchObject({ code: "timeout", phase: "total" });
    const open = client.chat({ messages: "Hi" });
    const waiting = client.waitUntilReady();
    setImmediate(() => void client.close());
    expect((await failureOf(open)).code).toBe("closed");
    expect((await failureOf(waiting)).code).toBe("closed");
  });

  test("ends when its reader leaves while it waits", async () => {
    const { client, state } = loadingServer();
    for await (const { type } of client.stream({ messages: "Hi" })) if (type === "progress") break;
    await new Promise((resolve) => setTimeout(resolve, 150)); // no event tells that nothing happens
    expect([state.calls, state.asked <= 1]).toEqual([1, true]);
  });

  test("does not go round and round where health says ready and calls are refused", async () => {
    const { client, state } = loadingServer();
    state.status = "ready";
    const error = await failureOf(client.chat({ messages: "Hi", timeout: { readyMs: 400 } }));
    expect(error.code).toBe("not-ready");
    expect(state.calls).toBeGreaterThan(2);
    expect(state.calls).toBeLessThan(12);
    expect(error.attempts).toHaveLength(state.calls);
  });

  test("finds out by its next try, which counts, that the server has gone", async () => {
    const state = { calls: 0 };
    const gone = new InhouseError("connect", "refused");
    const handler: Handler = (request, context) => {
      state.calls += 1;
      return scripted([state.calls === 1 ? loading : gone])(request, context);
    };
    const health = (): Promise<Health> => Promise.resolve({ status: "down" });
    const client = createClient({ provider: stubProvider(handler, { health }), maxRetries: 1 });
    const error = await failureOf(client.chat({ messages: "Hi" }));
    expect(error.attempts.map(({ code }) => code)).toEqual(["not-ready", "connect", "connect"]);
  });

  test("fails with what health() itself throws", async () => {
    const health = () => Promise.reject(new TypeError("a mistake of the provider's"));
    const client = createClient({ provider: stubProvider(scripted([loading]), { health }) });
    await expect(client.chat({ messages: "Hi" })).rejects.toThrow(TypeError);
  });
});
