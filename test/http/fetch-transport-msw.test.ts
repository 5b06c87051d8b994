import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { createClient } from "../../src/client/client.ts";
import { fetchTransport } from "../../src/http/fetch-transport.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { failureOf } from "../support/loopback.ts";
import { chatReply, chatStream, event } from "../support/wire.ts";

const model = setupServer();
beforeAll(() => model.listen({ onUnhandledRequest: "error" }));
afterEach(() => model.resetHandlers());
afterAll(() => model.close());

const overFetch = () => fetchTransport((...call) => fetch(...call));
const client = (transport = overFetch()) =>
  createClient({
    provider: openaiCompatible({ baseURL: "http://model.example/v1", apiKey: "k", transport }),
    model: "m",
    maxRetries: 0,
  });

test("a stream is read, and the request is what the protocol says", async () => {
  let sent: unknown;
  let key: string | null = null;
  model.use(
    http.post("http://model.example/v1/chat/completions", async ({ request: got }) => {
      key = got.headers.get("authorization");
      sent = await got.json();
      return new HttpResponse(chatStream("Hel", "lo"), { headers: { "content-type": "text/event-stream" } });
    }),
  );
  const texts: string[] = [];
  for await (const text of client().stream({ messages: "Hi", temperature: 0 }).text) texts.push(text);
  expect(texts.join("")).toBe("Hello");
  expect(key).toBe("Bearer k");
  expect(sent).toMatchObject({ model: "m", messages: [{ role: "user", content: "Hi" }], stream: true, temperature: 0 });
});

test("a whole reply is read", async () => {
  model.use(http.post("http://model.example/v1/chat/completions", () => HttpResponse.text(chatReply("Hello"))));
  expect((await client().chat({ messages: "Hi" })).text).toBe("Hello");
});

test("a network error is connect or reset, never a TypeError", async () => {
  model.use(http.post("http://model.example/v1/chat/completions", () => HttpResponse.error()));
  expect(["connect", "reset"]).toContain((await failureOf(client().chat({ messages: "Hi" }))).code);
});

test("a redirect is not followed", async () => {
  model.use(
    http.post("http://model.example/v1/chat/completions", () =>
      HttpResponse.text("", { status: 307, headers: { location: "http://else.example/" } }),
    ),
  );
  expect((await failureOf(client().chat({ messages: "Hi" }))).code).toBe("redirect");
});

test("an end without its end is truncated", async () => {
  model.use(
    http.post("http://model.example/v1/chat/completions", () =>
      HttpResponse.text(event({ choices: [{ index: 0, delta: { content: "half" } }] }), {
        headers: { "content-type": "text/event-stream" },
      }),
    ),
  );
  const error = await failureOf(client().stream({ messages: "Hi" }).result);
  expect(error).toMatchObject({ code: "truncated", partial: { text: "half" } });
});
