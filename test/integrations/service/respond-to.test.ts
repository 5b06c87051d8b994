import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, test } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import { concurrencyLimit } from "../../../src/client/patience/concurrency-limit.ts";
import { respondTo, type RespondOptions } from "../../../src/integrations/service/index.ts";
import { llamacpp } from "../../../src/providers/llamacpp/index.ts";
import { fakeLlamacpp, type FakeLlamacppOptions } from "../../../src/testing/index.ts";

/** A service over a fake server; `served` has a promise for each answer. */
async function service(
  fakeOptions: FakeLlamacppOptions,
  options: Omit<RespondOptions, "signal"> = {},
  before: (response: ServerResponse) => void = () => undefined,
) {
  const fake = await fakeLlamacpp(fakeOptions);
  const places = concurrencyLimit({ max: 1, maxQueued: 1 });
  const client = createClient({ provider: llamacpp({ baseURL: fake.url }), maxRetries: 0, concurrency: places });
  const served: Promise<void>[] = [];
  const listener: RequestListener = (_, response) => {
    before(response);
    served.push(respondTo(response, () => client.stream({ messages: "Hi" }), options));
  };
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fake,
    places,
    served,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await client.close();
      await fake.close();
    },
  };
}

test("an answer goes out as it comes", async () => {
  await using chat = await service({ text: "one two three" });
  const response = await fetch(chat.url);
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  expect(await response.text()).toMatch(/"text":"one"[^]*"type":"finish"[^]*\n\n$/);
  await Promise.all(chat.served);
});

test.each(["events", "text"] as const)("a caller who leaves in mid-answer stops the model (%s)", async (format) => {
  await using chat = await service({ text: "word ".repeat(2_000), pauseMs: 5 }, { format });
  const caller = new AbortController();
  const { body } = await fetch(chat.url, { signal: caller.signal });
  await body?.getReader().read();
  caller.abort();
  await chat.fake.idle();
  expect(chat.fake.history.at(-1)).toMatchObject({ end: "client-left" });
  expect(chat.fake.history.at(-1)?.tokens).toBeLessThan(1_000);
  await Promise.all(chat.served);
});

test("so does one who leaves while the prompt is read", async () => {
  await using chat = await service({ text: "late", prefillMs: 60_000 }, { format: "text" });
  const caller = new AbortController();
  const answer = fetch(chat.url, { signal: caller.signal }).catch((error: unknown) => error);
  while (chat.fake.running() === 0) await new Promise(setImmediate);
  caller.abort();
  expect(await answer).toMatchObject({ name: "AbortError" });
  await chat.fake.idle();
  expect(chat.fake.history.at(-1)).toMatchObject({ end: "client-left", tokens: 0 });
  await Promise.all(chat.served);
});

test("who leaves the queue makes room in it; who finds it full is told so at once", async () => {
  await using chat = await service({ text: "word ".repeat(2_000), pauseMs: 5 });
  const [first, second] = [new AbortController(), new AbortController()];
  await fetch(chat.url, { signal: first.signal });
  const waiting = await fetch(chat.url, { signal: second.signal }); // its first event says so
  expect(chat.places.waiting()).toBe(1);
  expect((await fetch(chat.url)).status).toBe(429);
  second.abort();
  await expect(waiting.text()).rejects.toMatchObject({ name: "AbortError" });
  await chat.served[1];
  expect(chat.places.waiting()).toBe(0);
  first.abort();
  await Promise.all(chat.served);
  expect(chat.places.running()).toBe(0);
});

test("a text that cannot be told to its end is broken off", async () => {
  await using chat = await service(
    { text: "one two three", faults: [{ name: "cut", atToken: 2 }] },
    { format: "text" },
  );
  const response = await fetch(chat.url);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("terminated");
  await Promise.all(chat.served);
});

test("a response that was begun by somebody else is an error, and nothing is generated for it", async () => {
  await using chat = await service({ text: "word ".repeat(2_000), pauseMs: 5 }, {}, (response) => response.write("Hi"));
  const answer = await fetch(chat.url);
  await expect(chat.served[0]).rejects.toMatchObject({ code: "ERR_HTTP_HEADERS_SENT" });
  await chat.fake.idle();
  expect(chat.places.running()).toBe(0);
  await answer.body?.cancel();
});

test("an error has its status and headers", async () => {
  await using chat = await service({ faults: [{ name: "status-503", retryAfterSeconds: 90 }] });
  const response = await fetch(chat.url);
  expect(response.status).toBe(429);
  expect(response.headers.get("retry-after")).toBe("90");
  await Promise.all(chat.served);
});
