import dns from "node:dns";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test, vi } from "vitest";

import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { makeCertificates, type Certificates } from "../support/certificates.ts";
import { failureOf, freePort, loopback, rawServer } from "../support/loopback.ts";
import { silentPort } from "../support/silent-port.ts";
import { until } from "../support/until.ts";
import { chatReply, chatStream, chunk, delta, event, lastChunk, reply, streamHead } from "../support/wire.ts";
import { clientOf, openSockets } from "./client-of.ts";
import { begin, whole } from "./fault.ts";

const made = makeCertificates();
const certificates = made as Certificates; // read only in tests that run where it is there

/** A resolver that gives these addresses, or never answers. */
function resolveTo(addresses?: readonly { readonly address: string; readonly family: 4 | 6 }[]): void {
  vi.spyOn(dns, "lookup").mockImplementation(((_name: string, options: dns.LookupOptions, done: LookupDone) => {
    if (addresses) done(null, options.all ? addresses : addresses[0]?.address, addresses[0]?.family);
  }) as typeof dns.lookup);
  onTestFinished(() => void vi.restoreAllMocks());
}
type LookupDone = (error: null, address: unknown, family?: number) => void;

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

test("row 2, a SYN that nobody answers: the connect limit ends it, and so does an abort; no socket is left", async ({
  skip,
}) => {
  const port = await silentPort();
  if (port === undefined) return skip("this kernel answers a SYN for a server that is asleep");
  const before = openSockets();
  const client = clientOf(`http://127.0.0.1:${port}`, { maxRetries: 0 });
  const startedAt = performance.now();
  const error = await failureOf(client.chat({ messages: "Hi", timeout: { connectMs: 100 } }));
  expect(error).toMatchObject({ code: "timeout", phase: "connect", retryable: true });
  expect(performance.now() - startedAt).toBeLessThan(1_100);
  await until(() => openSockets() === before);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  expect((await failureOf(client.chat({ messages: "Hi", signal: controller.signal }))).code).toBe("abort");
  await until(() => openSockets() === before);
});

test("row 4, accepted and never read: the headers limit counts while the prompt is sent", async () => {
  const sockets: { resume(): unknown }[] = [];
  const server = await rawServer((socket) => void sockets.push(socket.pause()));
  const client = clientOf(server.origin, { provider: openaiCompatible, maxRetries: 0 });
  const error = await failureOf(client.chat({ messages: "x".repeat(16 * 1024 * 1024), timeout: { headersMs: 100 } }));
  expect(error).toMatchObject({ code: "timeout", phase: "headers" });
  for (const socket of sockets) socket.resume(); // a server that does not read does not notice either
  await server.allClosed();
});

test("row 5, a name that does not resolve: dns", async () => {
  const error = await failureOf(clientOf("http://nowhere.invalid", { maxRetries: 0 }).chat({ messages: "Hi" }));
  expect(error.code).toBe("dns");
});

test("row 6, a resolver that never answers: dns, within the connect limit; an abort ends it too", async () => {
  resolveTo();
  const client = clientOf("http://house.example", { maxRetries: 0 });
  const startedAt = performance.now();
  const error = await failureOf(client.chat({ messages: "Hi", timeout: { connectMs: 60 } }));
  expect(error).toMatchObject({ code: "dns", phase: "connect", retryable: true });
  expect(performance.now() - startedAt).toBeLessThan(1_060);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  expect((await failureOf(client.chat({ messages: "Hi", signal: controller.signal }))).code).toBe("abort");
});

test("row 7, a dead IPv6 address before a live IPv4 one: the call goes through", async () => {
  const server = await loopback((arrived) => whole(arrived, chatStream("fine")));
  resolveTo([
    { address: "100::1", family: 6 }, // the prefix of addresses that discard everything
    { address: "127.0.0.1", family: 4 },
  ]);
  const startedAt = performance.now();
  const client = clientOf(`http://house.example:${server.port}`, { maxRetries: 0 });
  expect((await client.chat({ messages: "Hi" })).text).toBe("fine");
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});

const refused = ["unknown", "expired", "wrongName"] as const;
test.skipIf(made === undefined).each(refused)(
  "row 8, a certificate that is not right (%s): tls, one attempt, and no byte of the prompt",
  async (kind) => {
    const shown = kind === "unknown" ? certificates.server : certificates[kind];
    const server = await loopback(({ socket }) => socket.write(reply("")), shown);
    const tls = kind === "unknown" ? {} : { tls: { ca: certificates.ca } };
    const error = await failureOf(clientOf(server.origin, tls).chat({ messages: "secret prompt" }));
    expect(error).toMatchObject({ code: "tls", retryable: false });
    expect(error.attempts).toHaveLength(1);
    expect(server.requests).toHaveLength(0);
  },
);

test.skipIf(made === undefined)("row 8, the house's own CA: a stream over TLS is whole", async () => {
  const server = await loopback((arrived) => whole(arrived, chatStream("é🙂")), certificates.server);
  const client = clientOf(server.origin, { tls: { ca: certificates.ca } });
  expect((await client.chat({ messages: "Hi" })).text).toBe("é🙂");
});

test("row 9, https to a plain port that stays silent: the connect limit ends it, and the hint names http://", async () => {
  const server = await rawServer((socket) => socket.resume());
  const client = clientOf(`https://127.0.0.1:${server.port}`, { maxRetries: 0 });
  const error = await failureOf(client.chat({ messages: "Hi", timeout: { connectMs: 60 } }));
  expect(error).toMatchObject({ code: "timeout", phase: "connect" });
  expect(error.hint).toContain("TLS");
  expect(error.hint).toContain("http://");
  await server.allClosed();
});

test("row 9, https to a plain port that answers: tls, one attempt, and the words name both", async () => {
  const server = await rawServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
  const error = await failureOf(clientOf(`https://127.0.0.1:${server.port}`).chat({ messages: "Hi" }));
  expect(error.code).toBe("tls");
  expect(error.attempts).toHaveLength(1);
  expect(`${error.message} ${error.hint}`).toMatch(/TLS.*http:\/\//);
});

test("row 9, http to a TLS port: protocol, one attempt, and the hint names both", async () => {
  const alert = Buffer.from("15030100020246", "hex");
  const server = await rawServer((socket) => socket.once("data", () => socket.end(alert)));
  const error = await failureOf(clientOf(server.origin).chat({ messages: "Hi" }));
  expect(error.code).toBe("protocol");
  expect(error.attempts).toHaveLength(1);
  expect(error.hint).toMatch(/TLS.*http:\/\//);
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

test.skipIf(made === undefined)(
  "row 11, TLS cut without its end in mid-stream: as a reset, and the text is kept",
  async () => {
    const server = await loopback((arrived) => {
      begin(arrived, event(delta("so far")));
      setTimeout(() => arrived.socket.destroy(), 20);
    }, certificates.server);
    const client = clientOf(server.origin, { tls: { ca: certificates.ca } });
    const error = await failureOf(client.stream({ messages: "Hi" }).result);
    expect(["reset", "truncated"]).toContain(error.code);
    expect(error.partial?.text).toBe("so far");
    expect(server.requests).toHaveLength(1);
  },
);

test("row 12, an IPv6 address and a Unix socket are places like any other", async ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), "inhouse-socket-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "server.sock");
  const server = createServer((_, response) =>
    response.setHeader("content-type", "application/json").end(chatReply("here")),
  );
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  expect((await clientOf("http://house.example", { socketPath: path }).chat({ messages: "Hi" })).text).toBe("here");

  const six = createServer((_, response) =>
    response.setHeader("content-type", "application/json").end(chatReply("six")),
  );
  onTestFinished(() => void six.close());
  const listens = await new Promise<boolean>((resolve) => {
    six.once("error", () => resolve(false)).listen(0, "::1", () => resolve(true));
  });
  if (!listens) return skip("this machine has no IPv6");
  const address = six.address();
  const port = typeof address === "object" && address ? address.port : 0;
  expect((await clientOf(`http://[::1]:${port}`).chat({ messages: "Hi" })).text).toBe("six");
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

test.each(["end", "reset"] as const)(
  "row 20, a large prompt refused early and then a %s: 413 is what is told",
  async (end) => {
    const server = await rawServer((socket) =>
      socket.once("data", () => {
        socket.pause();
        const refusal = reply('{"error":{"message":"The prompt is too large."}}', 413, { connection: "close" });
        if (end === "end") socket.end(refusal);
        else socket.write(refusal, () => setTimeout(() => socket.resetAndDestroy(), 30));
      }),
    );
    const client = clientOf(server.origin, { provider: openaiCompatible });
    const error = await failureOf(client.chat({ messages: "x".repeat(16 * 1024 * 1024) }));
    expect(error).toMatchObject({ code: "too-large", status: 413 });
    expect(error.message).toContain("The prompt is too large.");
    expect(server.connections()).toBe(1);
  },
);

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
