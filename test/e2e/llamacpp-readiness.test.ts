import { expect, inject, test as always } from "vitest";

import { startLlamaServer } from "../../scripts/servers/index.ts";
import { freePort } from "../../src/deploy/launch/listening-port.ts";
import { createClient, type ProgressEvent } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";

const server = inject("llamacpp");
const { url = "", embeddingUrl = "", model = "", apiKey = "" } = "unavailable" in server ? {} : server;
const test = "unavailable" in server ? always.skip : always;

test("calls to a server that has only just been started wait while it loads, and are answered", async () => {
  const port = await freePort();
  await using client = createClient({ provider: llamacpp({ baseURL: `http://127.0.0.1:${port}` }), maxRetries: 0 });
  const starting = startLlamaServer({ extra: { binary: ["--port", String(port)], xllamacpp: { port } } });
  starting.catch(() => undefined); // thrown below
  while ((await client.health()).status === "down") await new Promise((resolve) => setTimeout(resolve, 5));
  const stream = client.stream({ messages: "Say hello.", maxTokens: 4 });
  const others = [1, 2].map(() => client.chat({ messages: "Say hello.", maxTokens: 4 }));
  const progress: ProgressEvent[] = [];
  for await (const event of stream) if (event.type === "progress") progress.push(event);
  const results = [await stream.result, ...(await Promise.all(others))];
  await using _ = await starting;
  expect(progress[0]).toMatchObject({ phase: "loading", health: "loading" });
  for (const { failedAttempts, text } of results) {
    expect(new Set(failedAttempts.map(({ code }) => code))).toEqual(new Set(["not-ready"]));
    expect(text.length).toBeGreaterThan(0);
  }
});

test("a server whose slots are all taken is busy, and ready again when one is free", async () => {
  await using client = createClient({ provider: llamacpp({ baseURL: url, apiKey }) });
  const long = { messages: "Tell me a long story.", maxTokens: 1_000, ignoreEos: true };
  const reading = [1, 2].map(() => client.stream(long).text[Symbol.asyncIterator]());
  await Promise.all(reading.map((text) => text.next()));
  expect((await client.health()).status).toBe("busy");
  await client.waitUntilReady({ timeoutMs: 1_000 }); // busy is good enough
  await Promise.all(reading.map(async (text) => text.return?.()));
  await expect.poll(() => client.health()).toEqual({ status: "ready" });
});

test("a model is warmed by what it can do", async () => {
  await using client = createClient({ provider: llamacpp({ baseURL: url, apiKey }) });
  expect(await client.warmUp()).toMatchObject({ by: "chat", model });
  await using embedder = createClient({ provider: llamacpp({ baseURL: embeddingUrl, apiKey }) });
  const { by, totalMs } = await embedder.warmUp({ model });
  expect([by, totalMs > 0]).toEqual([expect.stringMatching(/chat|embedding/), true]);
});
