import { afterEach, describe, expect, test } from "vitest";

import { choice, createClient, grammar, regex, type Provider } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { fakeLlamacpp, fakeOllama, fakeVllm, type FakeBehaviour, type FakeServer } from "../../src/testing/index.ts";
import { failureOf } from "../support/loopback.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A fake and a client of it; both are closed after the test. */
async function started(
  start: (options: FakeBehaviour) => Promise<FakeServer>,
  provider: (baseURL: string) => Provider,
  options: FakeBehaviour = {},
) {
  const server = await start(options);
  const client = createClient({ provider: provider(server.url), model: "fake", maxRetries: 0 });
  closers.push(
    () => client.close(),
    () => server.close(),
  );
  return { server, client };
}

const ofLlamacpp = (baseURL: string) => llamacpp({ baseURL });
const ofOllama = (baseURL: string) => ollama({ baseURL });
const ofVllm = (baseURL: string) => vllm({ baseURL });
const all = [
  ["llama-server", fakeLlamacpp, ofLlamacpp],
  ["Ollama", fakeOllama, ofOllama],
  ["vLLM", fakeVllm, ofVllm],
] as const;

describe.each(all)("a fake %s", (_, start, provider) => {
  test("reads a prompt and generates at the pace that it is told", async () => {
    const { client } = await started(start, provider, { prefillMs: 40, pauseMs: 10 });
    const { timings } = await client.stream({ messages: "a b c d e" }).result;
    expect(timings.firstTokenMs).toBeGreaterThanOrEqual(45);
    expect(timings.totalMs).toBeGreaterThanOrEqual(85);
  });

  test("serves as many calls at a time as it has slots, in the order in which they came", async () => {
    const { server, client } = await started(start, provider, { slots: 2, pauseMs: 5 });
    const ended: string[] = [];
    const call = async (messages: string): Promise<void> => {
      await client.stream({ messages }).result;
      ended.push(messages.slice(0, 1));
    };
    await Promise.all(["1 x x x x x x x x x x x", "2 x", "3 x"].map(call));
    expect(ended).toEqual(["2", "3", "1"]);
    await server.idle();
    expect(server.history.filter(({ tokens }) => tokens > 0).map(({ end }) => end)).toEqual(Array(3).fill("completed"));
  });

  test("gives a slot to the next when a client leaves, waiting or not", async () => {
    const { server, client } = await started(start, provider, { slots: 1, pauseMs: 5 });
    const open = client.stream({ messages: "a ".repeat(500) })[Symbol.asyncIterator]();
    while ((await open.next()).value?.type !== "text-delta");
    await failureOf(client.chat({ messages: "b", signal: AbortSignal.timeout(40) }));
    const last = client.chat({ messages: "c" });
    await open.return?.();
    expect((await last).text).toBe("c");
    await server.idle();
    const ends = server.history.filter(({ request }) => request.method === "POST").map(({ end }) => end);
    expect(ends.filter((end) => end === "client-left")).toHaveLength(2);
  });

  test("notes what became of each request", async () => {
    const { server, client } = await started(start, provider, { pauseMs: 2 });
    for await (const { type } of client.stream({ messages: "a b c d" })) if (type === "text-delta") break;
    await server.idle();
    const left = server.history.at(-1);
    expect(left).toMatchObject({ end: "client-left" });
    expect(left?.tokens).toBeLessThan(4);
    expect(left?.repliedAtMs).toBeGreaterThanOrEqual(left?.requestedAtMs ?? Infinity);
    expect(left?.endedAtMs).toBeGreaterThanOrEqual(left?.repliedAtMs ?? Infinity);
    const broken = failureOf(
      (async () => {
        for await (const { type } of client.stream({ messages: "a ".repeat(500) })) {
          if (type === "text-delta") server.crash();
        }
      })(),
    );
    expect(["reset", "truncated"]).toContain((await broken).code);
    await server.idle();
    expect(server.history.at(-1)).toMatchObject({ end: "crashed" });
  });

  test("answers what a choice and a regular expression allow", async () => {
    const { client } = await started(start, provider);
    const text = async (output: Parameters<typeof choice>[0] | RegExp): Promise<unknown> =>
      output instanceof RegExp
        ? (await client.chat({ messages: "Hi", output: regex(output) })).output
        : (await client.chat({ messages: "Hi", output: choice(output) })).output;
    expect(await text(["red", "blue"])).toBe("red");
    expect(await text(/[A-Z]{2}-\d{3,5}/)).toMatch(/^[A-Z]{2}-\d{3,5}$/);
  });
});

test.each([all[0], all[2]])("a fake %s answers what a grammar allows", async (_, start, provider) => {
  const { client } = await started(start, provider);
  const rules = 'root ::= greeting " " name "!"?\ngreeting ::= "Hello" | "Bye"\nname ::= [A-Z] [a-z]{2,4}';
  expect((await client.chat({ messages: "Hi", output: grammar(rules, { syntax: "gbnf" }) })).output).toBe("Hello Aaa");
});

describe("a server that loads its model", () => {
  test("llama-server answers 503 on its paths until it is ready", async () => {
    const { server, client } = await started(fakeLlamacpp, ofLlamacpp, { loadingMs: Number.POSITIVE_INFINITY });
    const impatient = client.chat({ messages: "Hi", timeout: { readyMs: 0 } });
    expect((await failureOf(impatient)).code).toBe("not-ready");
    expect(await client.health()).toMatchObject({ status: "loading" });
    server.ready();
    expect((await client.chat({ messages: "Hi" })).text).toBe("Hi");
  });

  test("vLLM does not listen until it is ready", async () => {
    const { server, client } = await started(fakeVllm, ofVllm, { loadingMs: Number.POSITIVE_INFINITY });
    expect((await failureOf(client.chat({ messages: "Hi" }))).code).toBe("connect");
    const ready = client.waitUntilReady({ timeoutMs: 10_000 });
    server.ready();
    await ready;
    expect((await client.chat({ messages: "Hi" })).text).toBe("Hi");
  });

  test("Ollama answers at once, and lets its first call wait", async () => {
    const { server, client } = await started(fakeOllama, ofOllama, { loadingMs: Number.POSITIVE_INFINITY });
    expect(await client.health()).toMatchObject({ status: "ready" });
    let answered = false;
    const call = client.chat({ messages: "Hi" }).then(() => (answered = true));
    while (server.requests.every(({ path }) => path !== "/api/chat"))
      await new Promise((resolve) => setTimeout(resolve, 2));
    await client.models();
    expect(answered).toBe(false);
    server.ready();
    await call;
  });

  test("is ready by itself after loadingMs", async () => {
    for (const [, start, provider] of all) {
      const { client } = await started(start, provider, { loadingMs: 50 });
      await client.waitUntilReady({ timeoutMs: 10_000 });
      expect((await client.chat({ messages: "Hi" })).text).toBe("Hi");
    }
  });
});
