import { expect, onTestFinished, test } from "vitest";

import { createClient, type Client } from "../../src/client/client.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { makeCertificates, type Certificates } from "../support/certificates.ts";
import { closed, failureOf, freePort, loopback, rawServer } from "../support/loopback.ts";
import { chatStream, chunk, delta, event, lastChunk, reply, streamHead } from "../support/wire.ts";
import { begin, every, whole } from "./fault.ts";

const made = makeCertificates();
const certificates = made as Certificates; // read only in tests that run where it is there

function clientOf(baseURL: string, options: { readonly ca?: string; readonly maxRetries?: number } = {}): Client {
  const { ca, maxRetries = 1 } = options;
  const transport = createTransport(ca === undefined ? {} : { tls: { ca } });
  const client = createClient({ provider: llamacpp({ baseURL, transport }), maxRetries });
  onTestFinished(async () => {
    await client.close();
    await transport.close();
  });
  return client;
}

test("row 1, refused: connect, after the retries, each of them told", async () => {
  const client = clientOf(`http://127.0.0.1:${await freePort()}`, { maxRetries: 2 });
  const error = await failureOf(client.chat({ messages: "Hi" }));
  expect(error.code).toBe("connect");
  expect(error.attempts?.map(({ attempt, code }) => [attempt, code])).toEqual([
    [1, "connect"],
    [2, "connect"],
    [3, "connect"],
  ]);
});

test("row 5, a name that does not resolve: dns", async () => {
  const error = await failureOf(clientOf("http://nowhere.invalid", { maxRetries: 0 }).chat({ messages: "Hi" }));
  expect(error.code).toBe("dns");
});

test.skipIf(made === undefined)(
  "row 8, an unknown certificate: tls, one attempt, and no byte of the prompt",
  async () => {
    const server = await loopback(({ socket }) => socket.write(reply("")), certificates.server);
    const error = await failureOf(clientOf(server.origin).chat({ messages: "secret prompt" }));
    expect(error).toMatchObject({ code: "tls", retryable: false });
    expect(error.attempts).toHaveLength(1);
    expect(server.requests).toHaveLength(0);
  },
);

test.skipIf(made === undefined)("row 8, the house's own CA: a stream over TLS is whole", async () => {
  const server = await loopback((arrived) => whole(arrived, chatStream("é🙂")), certificates.server);
  expect((await clientOf(server.origin, { ca: certificates.ca }).chat({ messages: "Hi" })).text).toBe("é🙂");
});

test.skipIf(made === undefined)(
  "row 11, TLS cut without its end in mid-stream: as a reset, and the text is kept",
  async () => {
    const server = await loopback((arrived) => {
      begin(arrived, event(delta("so far")));
      setTimeout(() => arrived.socket.destroy(), 20);
    }, certificates.server);
    const error = await failureOf(clientOf(server.origin, { ca: certificates.ca }).stream({ messages: "Hi" }).result);
    expect(["reset", "truncated"]).toContain(error.code);
    expect(error.partial?.text).toBe("so far");
  },
);

test("row 9, https to a plain port that stays silent: the connect limit ends it, and the hint names TLS", async () => {
  const server = await rawServer((socket) => socket.resume());
  const client = clientOf(`https://127.0.0.1:${server.port}`, { maxRetries: 0 });
  const error = await failureOf(client.chat({ messages: "Hi", timeout: { connectMs: 60 } }));
  expect(error).toMatchObject({ code: "timeout", phase: "connect" });
  expect(error.hint).toContain("http://");
  await server.allClosed();
});

test("row 9, http to a TLS port: protocol, and the hint names TLS", async () => {
  const alert = Buffer.from("15030100020246", "hex");
  const server = await rawServer((socket) => socket.once("data", () => socket.end(alert)));
  const error = await failureOf(clientOf(server.origin, { maxRetries: 0 }).chat({ messages: "Hi" }));
  expect(error.code).toBe("protocol");
  expect(error.hint).toContain("TLS");
});

test("row 10, a stale kept connection: one more connection, at once, and it counts as no retry", async () => {
  const server = await loopback((arrived) => {
    if (arrived.connection === 1 && arrived.number === 2) arrived.socket.destroy();
    else whole(arrived, chatStream("fine"));
  });
  const client = clientOf(server.origin, { maxRetries: 0 });
  await client.chat({ messages: "one" });
  const result = await client.chat({ messages: "two" });
  expect([result.text, result.failedAttempts]).toEqual(["fine", []]);
  expect([server.connections(), server.requests.length]).toEqual([2, 3]);
});

test("row 13, lost before the first byte: the second try has the same request id and its own number", async () => {
  const server = await loopback((arrived) =>
    arrived.number === 1 ? arrived.socket.destroy() : whole(arrived, chatStream("fine")),
  );
  const result = await clientOf(server.origin).chat({ messages: "Hi" });
  expect(result.failedAttempts).toMatchObject([{ attempt: 1, code: "reset" }]);
  const ids = server.requests.map(({ head }) => /^x-request-id: (.+)\r$/im.exec(head)?.[1]);
  expect(ids).toEqual([result.callId, result.callId]);
  const attempts = server.requests.map(({ head }) => /^x-request-attempt: (.+)\r$/im.exec(head)?.[1]);
  expect(attempts).toEqual(["1", "2"]);
});

test("row 18, headers and then a long silence is a server that reads the prompt, not a stall", async () => {
  const server = await loopback(({ socket }) => {
    socket.write(streamHead);
    setTimeout(() => socket.write(Buffer.concat([chunk(chatStream("at last")), Buffer.from(lastChunk)])), 300);
  });
  const client = clientOf(server.origin);
  expect((await client.chat({ messages: "Hi", timeout: { headersMs: 100, connectMs: 100 } })).text).toBe("at last");
});

test("row 28, Retry-After is waited for", async () => {
  let askedAgainAt = 0;
  const server = await loopback((arrived) => {
    if (arrived.number === 1) return void arrived.socket.write(reply("", 503, { "retry-after-ms": "150" }));
    askedAgainAt = performance.now();
    return whole(arrived, chatStream("well again"));
  });
  const startedAt = performance.now();
  const result = await clientOf(server.origin).chat({ messages: "Hi" });
  expect(result.text).toBe("well again");
  expect(result.failedAttempts).toMatchObject([{ code: "overloaded" }]);
  expect(askedAgainAt - startedAt).toBeGreaterThanOrEqual(150);
});

test("row 38, the prompt and the key reach no redirect's target", async () => {
  const target = await loopback((arrived) => whole(arrived, chatStream("stolen")));
  const server = await loopback(({ socket }) => socket.write(reply("", 307, { location: target.origin })));
  expect((await failureOf(clientOf(server.origin).chat({ messages: "secret" }))).code).toBe("redirect");
  expect(target.connections()).toBe(0);
});

test("row 92, abort in mid-stream: at once, the text is kept, and the server sees the connection close", async () => {
  const server = await loopback((arrived) => {
    begin(arrived);
    every(2, arrived, () => arrived.socket.write(chunk(event(delta("a")))));
  });
  const controller = new AbortController();
  const stream = clientOf(server.origin).stream({ messages: "Hi", signal: controller.signal });
  let abortedAt = 0;
  const error = await failureOf(
    (async () => {
      for await (const { type } of stream) {
        if (type !== "text-delta" || abortedAt > 0) continue;
        abortedAt = performance.now();
        controller.abort("enough");
      }
    })(),
  );
  expect(performance.now() - abortedAt).toBeLessThan(1_000); // 0.2 s on a quiet machine
  expect(error).toMatchObject({ code: "abort", cause: "enough", name: "AbortError" });
  expect(error.partial?.text).toMatch(/^a+$/);
  await closed(server.requests[0]);
});

test("row 93, break, and return() while next() waits: the server sees the connection close", async () => {
  const server = await loopback((arrived) => begin(arrived, event(delta("a"))));
  const client = clientOf(server.origin);
  for await (const { type } of client.stream({ messages: "Hi" })) if (type === "text-delta") break;
  await closed(server.requests[0]);
  const reader = client.stream({ messages: "Hi" })[Symbol.asyncIterator]();
  while ((await reader.next()).value?.type !== "text-delta");
  const waiting = reader.next();
  waiting.catch(() => undefined); // how a read that was left ends is its reader's own affair
  const leftAt = performance.now();
  await reader.return?.();
  await closed(server.requests[1]);
  expect(performance.now() - leftAt).toBeLessThan(2_000);
});

test("row 95, a consumer that stops reading holds the server back", async () => {
  const piece = chunk(event(delta("x".repeat(1_000))).repeat(60));
  let written = 0;
  const server = await loopback((arrived) => {
    begin(arrived);
    const write = (): void => {
      while (arrived.socket.writable && written < 256 * 1024 * 1024) {
        written += piece.length;
        if (!arrived.socket.write(piece)) return void arrived.socket.once("drain", write);
      }
    };
    write();
  });
  const reader = clientOf(server.origin).stream({ messages: "Hi" })[Symbol.asyncIterator]();
  await reader.next();
  let before = -1;
  while (before !== written) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 100)); // no event tells that a server is held back
  }
  expect(written).toBeLessThan(32 * 1024 * 1024);
  await reader.return?.();
  await closed(server.requests[0]);
});
