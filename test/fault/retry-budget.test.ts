import { describe, expect, test } from "vitest";

import { createClient, type ClientOptions } from "../../src/client/client.ts";
import { retryBudget } from "../../src/client/patience/retry-budget.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { failureOf, freePort, loopback, thrownBy } from "../support/loopback.ts";
import { chatStream, reply } from "../support/wire.ts";
import { whole } from "./fault.ts";

/** A client of a server that is down, in that it answers every request with 500, and the requests that it got. */
async function downed(options: Partial<ClientOptions> = {}) {
  const server = await loopback(({ socket }) => socket.write(reply(JSON.stringify({ error: "down" }), 500)));
  const client = createClient({ provider: llamacpp({ baseURL: server.origin }), ...options });
  return { server, client };
}

const ask = (client: ReturnType<typeof createClient>) => failureOf(client.chat({ messages: "Hi" }));

describe("a server that is down", () => {
  test("row 101, gets at most 1.5 requests a call of 60 calls at the same time", async () => {
    const { server, client } = await downed();
    const errors = await Promise.all(Array.from({ length: 60 }, () => ask(client)));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["server"]));
    expect(server.requests.length).toBeLessThanOrEqual(90);
    expect(errors.reduce((sum, { attempts }) => sum + attempts.length, 0)).toBe(server.requests.length);
    await client.close();
  });

  test("row 101, gets at most 1.1 requests a call of 1,000 calls, 32 at a time", async () => {
    const { server, client } = await downed();
    let calls = 0;
    const caller = async (): Promise<void> => {
      while (calls++ < 1_000) await ask(client);
    };
    await Promise.all(Array.from({ length: 32 }, caller));
    expect(server.requests.length).toBeGreaterThanOrEqual(1_000);
    expect(server.requests.length).toBeLessThanOrEqual(1_100);
    await client.close();
  });

  test("is dialled at most 1.5 times a call where nobody listens at all", async () => {
    const client = createClient({ provider: llamacpp({ baseURL: `http://127.0.0.1:${await freePort()}` }) });
    const errors = await Promise.all(Array.from({ length: 60 }, () => ask(client)));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["connect"]));
    expect(errors.reduce((sum, { attempts }) => sum + attempts.length, 0)).toBeLessThanOrEqual(90);
    await client.close();
  });

  test("row 101, gives the original error at once when the budget is spent, and says so", async () => {
    const { server, client } = await downed({ retryBudget: { tokens: 1 } });
    await ask(client);
    const sent = server.requests.length;
    const error = await ask(client);
    expect(server.requests.length).toBe(sent + 1);
    expect(error).toMatchObject({
      code: "server",
      status: 500,
      retryable: true,
      attempts: [{ attempt: 1, delayMs: 0 }],
    });
    expect(error.hint).toContain("retry budget is spent");
    await client.close();
  });

  test("is asked as often as maxRetries says where there is no budget", async () => {
    const { server, client } = await downed({ retryBudget: false, maxRetries: 1 });
    await Promise.all(Array.from({ length: 20 }, () => ask(client)));
    expect(server.requests.length).toBe(40);
    await client.close();
  });
});

test("row 102, calls that were told the same time come back after it, and not all at once", async () => {
  const hintMs = 150;
  const first = new Set<string>();
  const refusedAt = new Map<string, number>();
  const pauses: number[] = [];
  const server = await loopback((arrived) => {
    const id = /^x-request-id: (.+)\r$/im.exec(arrived.head)?.[1] ?? "";
    if (first.has(id)) {
      pauses.push(performance.now() - (refusedAt.get(id) ?? 0));
      return whole(arrived, chatStream("fine"));
    }
    first.add(id);
    refusedAt.set(id, performance.now());
    return arrived.socket.write(reply("", 429, { "retry-after-ms": String(hintMs) }));
  });
  const client = createClient({ provider: llamacpp({ baseURL: server.origin }), retryBudget: { tokens: 40 } });
  await Promise.all(Array.from({ length: 40 }, () => client.chat({ messages: "Hi" })));
  expect(pauses).toHaveLength(40);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(hintMs - 1);
  expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThanOrEqual(50);
  await client.close();
});

test("calls that are answered fill it again: ten of them pay for one retry", async () => {
  const server = await loopback((arrived) => {
    if (arrived.body.includes("fail")) arrived.socket.write(reply("", 500));
    else whole(arrived, chatStream("fine"));
  });
  const client = createClient({
    provider: llamacpp({ baseURL: server.origin }),
    maxRetries: 1,
    retryBudget: { tokens: 1 },
  });
  const fail = async () => (await failureOf(client.chat({ messages: "fail" }))).attempts.length;
  expect([await fail(), await fail()]).toEqual([2, 1]);
  for (let calls = 0; calls < 9; calls += 1) await client.chat({ messages: "work" });
  expect(await fail()).toBe(1);
  await client.chat({ messages: "work" });
  expect([await fail(), await fail()]).toEqual([2, 1]);
  await client.close();
});

test.each([{ tokens: -1 }, { refill: 2 }, { tokens: "5" }, { token: 5 }, true])("%j is refused", (options) => {
  expect(thrownBy(() => retryBudget(options as never)).code).toBe("invalid-request");
});
