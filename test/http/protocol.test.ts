import { getEventListeners } from "node:events";

import { describe, expect, test } from "vitest";

import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { canned, chatRequest, context, eventsOf, json, type CannedReply } from "../support/canned.ts";
import { closed, failureOf, loopback } from "../support/loopback.ts";
import { chatReply, chatStream, chunk, delta, event, lastChunk, streamHead } from "../support/wire.ts";

const failed = (reply: CannedReply) =>
  failureOf(
    eventsOf(openaiCompatible({ baseURL: "http://model.example", transport: canned(reply) }).send, chatRequest()),
  );

describe("an error", () => {
  test("tells provider, model and the server's request id, before and after the reply began", async () => {
    const headers = { "x-request-id": "server-1" };
    expect(await failed({ headers, body: event(delta("a")) })).toMatchObject({
      code: "truncated",
      provider: "openai-compatible",
      model: "m",
      requestId: "server-1",
    });
    expect(await failed(json({}, 500))).toMatchObject({ code: "server", provider: "openai-compatible", model: "m" });
  });

  test.each([
    [400, "invalid-request", false],
    [429, "rate-limit", true],
    [503, "overloaded", true],
    [200, "stream-error", true],
    ["insufficient_quota", "stream-error", true],
  ])("reported as the first event with code %s is %s", async (code, expected, retryable) => {
    expect(await failed({ body: event({ error: { message: "words", code } }) })).toMatchObject({
      code: expected,
      retryable,
    });
  });

  test("reported after content is stream-error whatever its code, also in one read with it", async () => {
    const body = event(delta("a")) + event({ error: { message: "words", code: 400 } });
    expect((await failed({ body })).code).toBe("stream-error");
  });

  test("in a dialect's own words is what they mean, also inside a stream", async () => {
    const body = event({
      error: { code: 400, message: "request (9 tokens) exceeds", type: "exceed_context_size_error" },
    });
    const { send } = llamacpp({ transport: canned({ body }) });
    expect((await failureOf(eventsOf(send, chatRequest()))).code).toBe("context-length");
  });
});

describe("the framing", () => {
  test.each(["application/json", "application/json; charset=utf-8", "Application/JSON"])(
    "a reply of type %s is one value, though a stream was asked for",
    async (type) => {
      const reply = { headers: { "content-type": type }, body: `\n${chatReply("whole")}\n` };
      const { send } = openaiCompatible({ baseURL: "http://model.example", transport: canned(reply) });
      expect(await eventsOf(send, chatRequest())).toContainEqual({ type: "text-delta", choice: 0, text: "whole" });
    },
  );

  test("any other type is what was asked for", async () => {
    const reply = { headers: { "content-type": "text/plain" }, body: chatStream("a") };
    const { send } = openaiCompatible({ baseURL: "http://model.example", transport: canned(reply) });
    expect(await eventsOf(send, chatRequest())).toContainEqual({ type: "text-delta", choice: 0, text: "a" });
  });
});

describe("the connection", () => {
  test("of a complete reply serves the next request, though its end came later than [DONE]", async () => {
    const server = await loopback(({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(streamHead), chunk(chatStream("a"))]));
      setTimeout(() => socket.write(lastChunk), 20);
    });
    const provider = openaiCompatible({ baseURL: server.origin });
    await eventsOf(provider.send, chatRequest());
    await new Promise((resolve) => setTimeout(resolve, 60)); // no event tells that the end has been read
    await eventsOf(provider.send, chatRequest());
    expect([server.requests.length, server.connections()]).toEqual([2, 1]);
    await provider.close();
  });

  test("of a reply that is not understood is closed at once", async () => {
    const server = await loopback(({ socket }) =>
      socket.write(Buffer.concat([Buffer.from(streamHead), chunk("data: {broken\n\n")])),
    );
    const provider = openaiCompatible({ baseURL: server.origin });
    expect((await failureOf(eventsOf(provider.send, chatRequest()))).code).toBe("protocol");
    await closed(server.requests[0]);
    await provider.close();
  });

  test("of a reply that is left after its first batch is closed", async () => {
    const server = await loopback(({ socket }) => {
      socket.write(streamHead);
      socket.write(chunk(event(delta("a"))));
    });
    const provider = openaiCompatible({ baseURL: server.origin });
    for await (const [first] of provider.send(chatRequest(), context())) {
      expect(first?.type).toBe("start");
      break;
    }
    await closed(server.requests[0]);
    await provider.close();
  });
});

test("leaving before the headers closes the connection, and an abort of the call still does", async () => {
  const server = await loopback(() => undefined);
  const provider = openaiCompatible({ baseURL: server.origin });
  const reader = provider.send(chatRequest(), context())[Symbol.asyncIterator]();
  const waiting = failureOf(reader.next());
  while (server.requests.length < 1) await new Promise(setImmediate);
  await reader.return?.();
  expect((await waiting).code).toBe("abort");
  await closed(server.requests[0]);
  expect((await reader.next()).done).toBe(true);
  const controller = new AbortController();
  const aborted = provider.send(chatRequest(), context({ signal: controller.signal }))[Symbol.asyncIterator]();
  const read = failureOf(aborted.next());
  while (server.requests.length < 2) await new Promise(setImmediate);
  controller.abort("enough");
  expect(await read).toMatchObject({ code: "abort", cause: "enough" });
  await closed(server.requests[1]);
  await provider.close();
});

test("a conversation leaves no listener on a signal that outlives it", async () => {
  const { signal } = new AbortController();
  const transport = canned({ body: chatStream("fine") }, json({}, 500), { body: chatStream("fine") });
  const { send } = openaiCompatible({ baseURL: "http://model.example", transport });
  for await (const _ of send(chatRequest(), context({ signal })));
  await failureOf(send(chatRequest(), context({ signal }))[Symbol.asyncIterator]().next());
  for await (const _ of send(chatRequest(), context({ signal }))) break;
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});
