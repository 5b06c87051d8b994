import { afterEach, describe, expect, test } from "vitest";

import { createClient, type Client, type ErrorCode, type Provider } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import {
  fakeFaultNames,
  fakeLlamacpp,
  fakeOllama,
  fakeVllm,
  type FakeFaultName,
  type FakeServer,
  type FakeBehaviour,
} from "../../src/testing/index.ts";
import { failureOf } from "../support/loopback.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const fakes: readonly (readonly [
  name: string,
  start: (options: FakeBehaviour) => Promise<FakeServer>,
  provider: (baseURL: string) => Provider,
])[] = [
  ["llama-server", fakeLlamacpp, (baseURL) => llamacpp({ baseURL })],
  ["Ollama", fakeOllama, (baseURL) => ollama({ baseURL })],
  ["vLLM", fakeVllm, (baseURL) => vllm({ baseURL })],
];

/** What the client makes of each fault; after three tokens, where it strikes within the answer. */
const codes: Readonly<Record<FakeFaultName, readonly ErrorCode[]>> = {
  refuse: ["reset"],
  "slow-headers": ["timeout"],
  "status-500": ["server"],
  "status-503": ["overloaded"],
  "status-429": ["rate-limit"],
  reset: ["reset", "truncated"],
  cut: ["truncated", "reset"],
  end: ["truncated"],
  stall: ["timeout"],
  "garbage-line": ["protocol"],
  "oversized-line": ["limit"],
  "error-event": ["stream-error", "server"],
  "abort-finish": ["truncated", "reset", "stream-error", "server"],
};
const names = Object.keys(fakeFaultNames) as readonly FakeFaultName[];
const prompt = "one two three four five";

describe.each(fakes)("a fake %s", (_, start, provider) => {
  async function started(options: FakeBehaviour): Promise<{ readonly server: FakeServer; readonly client: Client }> {
    const server = await start(options);
    const client = createClient({ provider: provider(server.url), model: "fake", maxRetries: 0 });
    closers.push(
      () => client.close(),
      () => server.close(),
    );
    return { server, client };
  }

  test.each(names)("%s: the code that the real thing has, then it is healthy", async (name) => {
    const { server, client } = await started({ faults: [{ name, atToken: 3, delayMs: 60_000 }] });
    const timeout = { headersMs: name === "slow-headers" ? 50 : 5_000, idleMs: name === "stall" ? 50 : 5_000 };
    const error = await failureOf(client.stream({ messages: prompt, timeout }).result);
    expect(codes[name], error.stack).toContain(error.code);
    if (fakeFaultNames[name] === "within") expect(error.partial?.text).toBe("one two three");
    expect(server.history.at(-1)).toMatchObject({ fault: name });
    expect((await client.chat({ messages: prompt })).text).toBe(prompt);
    await server.idle();
    expect(server.history.at(-1)).toMatchObject({ end: "completed", tokens: 5 });
  });

  test("strikes at a byte, the requests that are told, and as often as told", async () => {
    const { server, client } = await started({ faults: [{ name: "reset", atByte: 20, after: 1, times: 2 }] });
    const outcomes: string[] = [];
    for (let call = 0; call < 4; call += 1) {
      outcomes.push(
        await client.stream({ messages: prompt }).result.then(
          ({ text }) => text,
          ({ code }) => code as string,
        ),
      );
    }
    expect(outcomes.map((outcome) => (outcome === prompt ? "well" : "broken"))).toEqual([
      "well",
      "broken",
      "broken",
      "well",
    ]);
    await server.idle();
    expect(server.history.map(({ end }) => end).filter((end) => end === "crashed")).toHaveLength(2);
  });

  test("tells when to come again, and the client does", async () => {
    const { server } = await started({ faults: [{ name: "status-503", retryAfterSeconds: 0 }] });
    const client = createClient({ provider: provider(server.url), model: "fake" });
    closers.push(() => client.close());
    const { text, failedAttempts } = await client.chat({ messages: prompt });
    expect([text, failedAttempts.map(({ code }) => code)]).toEqual([prompt, ["overloaded"]]);
  });

  test("strikes an answer that is not streamed, and one path alone", async () => {
    const { server, client } = await started({});
    server.inject({ name: "stall", path: "/elsewhere" }, { name: "cut" });
    expect((await failureOf(client.chat({ messages: prompt }))).code).toMatch(/^(truncated|reset)$/);
    expect((await client.chat({ messages: prompt })).text).toBe(prompt);
  });

  test("refuses a fault, or an option, that there is not", async () => {
    await expect(start({ faults: [{ name: "flood" as never }] })).rejects.toThrow('there is no fault "flood"');
    await expect(start({ fault: [] } as never)).rejects.toThrow('unknown option "fault"');
  });
});
