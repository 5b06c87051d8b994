import { createServer } from "node:http";

import { describe, expect, onTestFinished, test } from "vitest";

import { createTransport } from "../../src/http/undici-transport.ts";
import { failureOf, freePort, loopback, rawServer, request, textOf } from "../support/loopback.ts";
import { chunk, reply, streamHead } from "../support/wire.ts";

function transport() {
  const made = createTransport();
  onTestFinished(() => made.close());
  return made;
}

/** The error of one request, wherever on its way it came. */
async function endOf(origin: string, path = "/v1/chat") {
  return failureOf(transport().send(request(origin, { path })).then(textOf));
}

describe("no connection", () => {
  test("refused: connect, with the origin and what to check", async () => {
    const origin = `http://127.0.0.1:${await freePort()}`;
    const error = await endOf(origin);
    expect(error).toMatchObject({ code: "connect", retryable: true });
    expect(error.message).toBe(`No connection to ${origin}: the connection was refused.`);
    expect(error.hint).toContain("baseURL");
    expect(error.cause).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("a name that does not resolve: dns", async () => {
    const error = await endOf("http://nowhere.invalid");
    expect(error.code).toBe("dns");
    expect(error.message).toContain("http://nowhere.invalid");
  });
});

describe("lost before the headers", () => {
  test("accepted and reset: reset", async () => {
    const server = await loopback(({ socket }) => socket.resetAndDestroy());
    expect(await endOf(server.origin)).toMatchObject({ code: "reset", retryable: true });
  });

  test("accepted and closed: reset", async () => {
    const server = await loopback(({ socket }) => socket.end());
    const error = await endOf(server.origin);
    expect(error.code).toBe("reset");
    expect(error.message).toContain(`${server.origin}/v1/chat`);
  });

  test("closed in the middle of the headers: reset", async () => {
    const server = await loopback(({ socket }) => socket.end("HTTP/1.1 200 OK\r\ncontent-ty"));
    expect((await endOf(server.origin)).code).toBe("reset");
  });
});

describe("lost in the body", () => {
  test("closed inside the chunked encoding: truncated", async () => {
    const server = await loopback(({ socket }) =>
      socket.end(Buffer.concat([Buffer.from(streamHead), chunk("so far"), Buffer.from("ff\r\nhalf a")])),
    );
    expect(await endOf(server.origin)).toMatchObject({ code: "truncated", retryable: true });
  });

  test("closed between two chunks: truncated", async () => {
    const server = await loopback(({ socket }) => socket.end(Buffer.concat([Buffer.from(streamHead), chunk("a")])));
    expect((await endOf(server.origin)).code).toBe("truncated");
  });

  test("reset: reset or truncated, and what came before is delivered", async () => {
    const server = await loopback(({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(streamHead), chunk("so far")]));
    });
    const response = await transport().send(request(server.origin));
    const reader = response.body[Symbol.asyncIterator]();
    const first = await reader.next();
    expect(Buffer.from(first.value ?? []).toString()).toBe("so far");
    server.requests[0]?.socket.resetAndDestroy();
    expect(["reset", "truncated"]).toContain((await failureOf(reader.next())).code);
  });

  test("shorter than its content-length: truncated", async () => {
    const server = await loopback(({ socket }) => socket.end(reply("short", 200, { "content-length": "500" })));
    expect((await endOf(server.origin)).code).toBe("truncated");
  });

  test("a chunk size that is none: protocol", async () => {
    const server = await loopback(({ socket }) => socket.end(`${streamHead}zz\r\n`));
    expect((await endOf(server.origin)).code).toBe("protocol");
  });
});

describe("not what was expected", () => {
  test("no HTTP at all: protocol, not a reset", async () => {
    const server = await rawServer((socket) => socket.on("data", () => socket.end("SSH-2.0-OpenSSH_9.6\r\n")));
    const error = await endOf(server.origin);
    expect(error.code).toBe("protocol");
    expect(error.hint).toContain("port");
  });

  test("more than 64 KiB of headers: limit", async () => {
    const server = await loopback(({ socket }) => socket.end(reply("", 200, { "x-long": "a".repeat(70_000) })));
    expect(await endOf(server.origin)).toMatchObject({ code: "limit", retryable: false });
  });

  test("60 KiB of headers are read", async () => {
    const server = await loopback(({ socket }) => socket.end(reply("fine", 200, { "x-long": "a".repeat(60_000) })));
    expect(await textOf(await transport().send(request(server.origin)))).toBe("fine");
  });

  test.each([102, 103])("an informational reply (%i) before the real one is skipped", async (status) => {
    const server = await loopback(({ socket }) => {
      socket.write(`HTTP/1.1 ${status} Wait\r\nlink: </a>\r\n\r\n`.repeat(3));
      socket.write(reply("the real one"));
    });
    const response = await transport().send(request(server.origin));
    expect([response.status, await textOf(response)]).toEqual([200, "the real one"]);
  });

  // undici (7.30) takes it for a mistake of the server's and closes the connection, though HTTP says to skip it.
  test("a 100 Continue that nobody asked for: protocol, with the reason, and no other try", async () => {
    const server = await loopback(({ socket }) =>
      socket.write(`HTTP/1.1 100 Continue\r\n\r\n${reply("the real one")}`),
    );
    expect(await endOf(server.origin)).toMatchObject({ code: "protocol", retryable: false });
  });

  test("any status is a reply, and no redirect is followed", async () => {
    const server = createServer((_, response) => response.writeHead(302, { location: "/else" }).end("moved"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const response = await transport().send(request(`http://127.0.0.1:${port}`));
    expect([response.status, response.headers["location"], await textOf(response)]).toEqual([302, "/else", "moved"]);
  });
});
