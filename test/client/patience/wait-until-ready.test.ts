import { describe, expect, test } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import { abortError, InhouseError } from "../../../src/core/error.ts";
import type { Health } from "../../../src/core/health.ts";
import { scripted, stubProvider } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

/** A client of a server whose health goes as told; the last state stays. */
function clientOf(...states: readonly Health["status"][]) {
  let asked = 0;
  const health = (signal?: AbortSignal): Promise<Health> => {
    if (signal?.aborted) return Promise.reject(abortError(signal));
    const status = states[Math.min(asked, states.length - 1)] ?? "down";
    asked += 1;
    return Promise.resolve({ status, detail: `it is ${status}` });
  };
  return { client: createClient({ provider: stubProvider(scripted([]), { health }) }), asked: () => asked };
}

describe("waitUntilReady", () => {
  test("asks until the server is ready, through down, starting, loading and wedged, and tells every answer", async () => {
    const { client } = clientOf("down", "starting", "loading", "wedged", "ready");
    const seen: string[] = [];
    await client.waitUntilReady({ onHealth: ({ status }) => seen.push(status) });
    expect(seen).toEqual(["down", "starting", "loading", "wedged", "ready"]);
  });

  test("asks a server that is ready once", async () => {
    const { client, asked } = clientOf("ready");
    await client.waitUntilReady();
    expect(asked()).toBe(1);
  });

  test("takes a server that is busy for ready", async () => {
    const { client, asked } = clientOf("busy");
    await client.waitUntilReady();
    expect(asked()).toBe(1);
  });

  test("asks once for all who wait, each of whom has a limit and a signal of its own", async () => {
    const { client, asked } = clientOf("loading", "loading", "loading", "loading", "ready");
    const controller = new AbortController();
    const waiting = [
      client.waitUntilReady(),
      client.waitUntilReady({ timeoutMs: 20 }),
      client.waitUntilReady({ signal: controller.signal }),
      client.waitUntilReady(),
    ];
    controller.abort("enough");
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(asked()).toBe(5);
  });

  test("lists the states that the server was in", async () => {
    const { client } = clientOf("down", "loading", "loading", "wedged");
    const { attempts } = await failureOf(client.waitUntilReady({ timeoutMs: 800 }));
    expect(attempts.map(({ attempt, code, message }) => [attempt, code, message])).toEqual([
      [1, "not-ready", "The server was down. it is down"],
      [2, "not-ready", "The server was loading. it is loading"],
      [3, "not-ready", "The server was wedged. it is wedged"],
    ]);
    expect(attempts.every(({ durationMs }) => durationMs > 0 && durationMs < 800)).toBe(true);
  });

  test("tells of the question that failed, where it did", async () => {
    const health = (): Promise<Health> => Promise.reject(new InhouseError("auth", "It wants a key."));
    const client = createClient({ provider: stubProvider(scripted([]), { health }) });
    const error = await failureOf(client.waitUntilReady());
    expect(error).toMatchObject({ code: "auth", attempts: [{ attempt: 1, code: "auth", message: "It wants a key." }] });
  });

  test("says how far the server has come, and what to look at", async () => {
    const health = (): Promise<Health> => Promise.resolve({ status: "loading", progress: 0.416 });
    const client = createClient({ provider: stubProvider(scripted([]), { health }) });
    const error = await failureOf(client.waitUntilReady({ timeoutMs: 30 }));
    expect(error.message).toBe("The server was not ready within 30 ms: loading (42 %).");
    expect(error.hint).toContain("raise the limit");
  });

  test("says so where the health check itself has not answered", async () => {
    const client = createClient({
      provider: stubProvider(scripted([]), { health: () => new Promise(() => undefined) }),
    });
    const error = await failureOf(client.waitUntilReady({ timeoutMs: 30 }));
    expect(error.message).toBe("The server was not ready within 30 ms: its health check has not answered yet.");
  });

  test("gives up after the limit with not-ready and what the server said last", async () => {
    const { client } = clientOf("loading");
    const error = await failureOf(client.waitUntilReady({ timeoutMs: 80 }));
    expect(error.code).toBe("not-ready");
    expect(error.message).toBe("The server was not ready within 80 ms: loading. it is loading");
  });

  test("gives up at once when the caller's signal says so, with its reason", async () => {
    const controller = new AbortController();
    const { client, asked } = clientOf("loading");
    const waiting = client.waitUntilReady({ signal: controller.signal, onHealth: () => controller.abort("enough") });
    expect(await failureOf(waiting)).toMatchObject({ code: "abort", cause: "enough" });
    expect(asked()).toBe(1);
  });

  test("gives up when health() itself fails", async () => {
    const health = () => Promise.reject(new TypeError("a mistake of the provider's"));
    const client = createClient({ provider: stubProvider(scripted([]), { health }) });
    await expect(client.waitUntilReady()).rejects.toThrow(TypeError);
  });

  test.each([{ timeoutMs: 0 }, { timeout: 5 }, { timeoutMs: "5" }])("%j is refused", async (options) => {
    const { client } = clientOf("ready");
    expect((await failureOf(client.waitUntilReady(options as object))).code).toBe("invalid-request");
  });
});
