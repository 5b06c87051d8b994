import { inspect } from "node:util";

import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { createClient, type Client } from "../../src/client/client.ts";
import { tool } from "../../src/client/tools/typed-tool.ts";
import { silentRecording } from "../../src/core/silent-recording.ts";
import type { EndpointOptions } from "../../src/http/endpoint.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { fakeLlamacpp, fakeOllama, fakeVllm, type FakeServer, type FakeVllmOptions } from "../../src/testing/index.ts";
import { answerOf, scripted, stubClient } from "../support/canned.ts";
import { failureOf, loopback } from "../support/loopback.ts";
import { chatReply, chatStream, reply } from "../support/wire.ts";

const headers = { "X-Team": "accounting", cookie: "session=4711" };

/** A client of a fake server; both are closed when the test is over. */
async function clientOf(server: FakeServer, connect: typeof vllm | typeof llamacpp | typeof ollama = vllm) {
  const client = createClient({
    provider: connect({ baseURL: server.url, headers: { "x-team": "all", "x-app": "a" } }),
  });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  return client;
}

/** What the requests that a model answered had of them. */
const sent = ({ requests }: FakeServer, paths: RegExp) =>
  requests
    .filter(({ path }) => paths.test(path))
    .map((request) => ["x-team", "x-app", "cookie"].map((name) => request.headers[name]));

const clock = tool({ name: "clock", parameters: z.object({}), execute: () => "noon" });
const calls: readonly [name: string, FakeVllmOptions, RegExp, (client: Client) => PromiseLike<unknown>][] = [
  ["chat", {}, /chat/, (client) => client.chat({ messages: "Hi", headers })],
  ["stream", {}, /chat/, (client) => client.stream({ messages: "Hi", headers }).result],
  ["complete", {}, /completions/, (client) => client.complete({ prompt: "Hi", headers })],
  ["runTools", {}, /chat/, (client) => client.runTools({ messages: "Hi", tools: [clock], headers })],
  [
    "analyze",
    {},
    /chat/,
    (client) => client.analyze({ task: "What is it about?", parts: [{ type: "text", text: "A text." }], headers }),
  ],
  ["tokenize", {}, /tokenize/, (client) => client.tokenize({ text: "Hi", headers })],
  ["embed", { task: "embed" }, /embeddings/, (client) => client.embed({ input: ["a", "b"], batchSize: 1, headers })],
  ["rerank", { task: "embed" }, /rerank/, (client) => client.rerank({ query: "a", documents: ["a", "b"], headers })],
  ["classify", { task: "classify" }, /classify/, (client) => client.classify({ input: "a", headers })],
  [
    "transcribe",
    { task: "transcribe" },
    /transcriptions/,
    (client) => client.transcribe({ audio: silentRecording(100), headers }),
  ],
];

test.each(calls)(
  "the headers of a call of %s go with it, over those of the provider",
  async (_, options, path, call) => {
    const server = await fakeVllm(options);
    await call(await clientOf(server));
    const all = sent(server, path);
    expect(all.length).toBeGreaterThan(0);
    expect(all).toEqual(all.map(() => ["accounting", "a", "session=4711"]));
  },
);

test.each([
  ["llama-server", fakeLlamacpp, llamacpp, /chat/],
  ["Ollama", fakeOllama, ollama, /chat/],
] as const)("and so it is with %s", async (_, fake, connect, path) => {
  const server = await fake();
  const client = await clientOf(server, connect);
  await client.chat({ messages: "Hi", headers });
  await client.chat({ messages: "Hi" });
  expect(sent(server, path)).toEqual([
    ["accounting", "a", "session=4711"],
    ["all", "a", undefined],
  ]);
});

test("every try of a call has them, and policies see them, their names in lower case", async () => {
  const seen: unknown[] = [];
  const server = await fakeVllm({ busyReplies: 1 });
  const client = createClient({
    provider: vllm({ baseURL: server.url }),
    middleware: [
      (request, context, next) => {
        seen.push(context.headers);
        return next(request, { ...context, headers: { ...context.headers, "x-trace": "t-1" } });
      },
    ],
  });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  await client.chat({ messages: "Hi", headers });
  expect(seen).toEqual([{ "x-team": "accounting", cookie: "session=4711" }]);
  const tries = server.requests.filter(({ path }) => path.includes("chat")).map((request) => request.headers);
  expect(tries).toEqual(
    [1, 2].map((attempt) =>
      expect.objectContaining({ "x-team": "accounting", "x-trace": "t-1", "x-request-attempt": String(attempt) }),
    ),
  );
});

describe("what is refused", () => {
  const requests: unknown[] = [];
  const client = stubClient((request, context) => {
    requests.push(request);
    return scripted(answerOf("a"))(request, context);
  });

  test.each([
    "Authorization",
    "content-type",
    "Content-Length",
    "accept-encoding",
    "host",
    "Connection",
    "transfer-encoding",
    "proxy-authorization",
    "X-Request-Id",
    "x-request-attempt",
  ])("%s is the client's to write", async (name) => {
    for (const ask of [client.chat, (input: { messages: string }) => client.stream(input).result]) {
      const error = await failureOf(
        ask({ messages: "Hi", headers: { [name]: "sk-secret-1" } } as { messages: string }),
      );
      expect(error).toMatchObject({
        code: "invalid-request",
        message: `headers.${name}: the client writes it itself.`,
      });
      expect(inspect(error, { depth: null })).not.toContain("sk-secret-1");
    }
    expect(requests).toEqual([]);
  });

  test.each([
    ["a list", ["x-team: a"], "headers: expected an object, got an array."],
    ["a value that is no text", { "x-team": 7 }, "headers.x-team: expected text, got a number."],
  ])("%s", async (_, wrong, message) => {
    const error = await failureOf(client.chat({ messages: "Hi", headers: wrong as never }));
    expect(error).toMatchObject({ code: "invalid-request", message });
    expect(requests).toEqual([]);
  });

  test.each([
    ["a value with a line feed", { "x-team": "sk-secret-1\r\nx-admin: yes" }, /"x-team" has characters/],
    ["a name with a space", { "x team": "sk-secret-1" }, /a name has characters/],
  ])("%s, before anything is sent", async (_, wrong, message) => {
    const server = await loopback(({ socket }) => socket.write(reply(chatReply("Hi"))));
    const real = createClient({ provider: openaiCompatible({ baseURL: server.origin }), model: "m" });
    onTestFinished(() => real.close());
    const error = await failureOf(real.chat({ messages: "Hi", headers: wrong }));
    expect(error).toMatchObject({ code: "invalid-request", message: expect.stringMatching(message) });
    expect(inspect(error, { depth: null })).not.toContain("sk-secret-1");
    expect(server.connections()).toBe(0);
  });
});

/** Servers and proxies that say a header back. */
const echoes: readonly [name: string, (value: string) => Buffer | string, code: string][] = [
  ["a status", (value) => reply(JSON.stringify({ error: { message: `no session ${value}` } }), 401), "auth"],
  ["what is no JSON", (value) => reply(`{"${value}`), "protocol"],
  [
    "an error within a stream",
    (value) =>
      reply(chatStream("Hi").replace("data: [DONE]", `data: {"error":{"message":"${value} has expired"}}`), 200, {
        "content-type": "text/event-stream",
      }),
    "stream-error",
  ],
];

describe.each(echoes)("a value that comes back in %s", (_, answer, code) => {
  const value = "Token t-0123456789";
  test.each<[of: string, EndpointOptions, { headers?: Record<string, string> }]>([
    ["call", {}, { headers: { "x-key": value } }],
    ["provider", { headers: { "x-key": value } }, {}],
  ])("is not in the error, when it is the %s's", async (__, options, input) => {
    const server = await loopback(({ socket }) => socket.write(answer("t-0123456789")));
    const client = createClient({
      provider: openaiCompatible({ baseURL: server.origin, ...options }),
      model: "m",
      maxRetries: 0,
    });
    onTestFinished(() => client.close());
    const error = await failureOf(client.stream({ messages: "Hi", ...input }).result);
    expect(error.code).toBe(code);
    expect(server.requests[0]?.head).toContain(value);
    expect(inspect(error, { depth: null })).not.toContain("t-0123456789");
  });
});
