import type { Socket } from "node:net";

import { describe, expect, onTestFinished, test } from "vitest";

import type { TransportTimeouts } from "../../src/core/transport.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import { failureOf, loopback, rawServer, request, textOf } from "../support/loopback.ts";
import { until } from "../support/until.ts";
import { chunk, lastChunk, reply, streamHead } from "../support/wire.ts";

function send(origin: string, timeouts: TransportTimeouts) {
  const transport = createTransport();
  onTestFinished(() => transport.close());
  return transport.send(request(origin, { timeouts }));
}

/** Runs `step` every 10 ms until the socket closes. */
function every10ms(socket: Socket, step: () => void): void {
  const timer = setInterval(step, 10);
  socket.once("close", () => clearInterval(timer));
}

describe("connect", () => {
  test("a TLS handshake that is never answered: timeout, and no half-open socket is left", async () => {
    const server = await rawServer((socket) => socket.resume());
    const error = await failureOf(send(`https://127.0.0.1:${server.port}`, { connectMs: 60 }));
    expect(error).toMatchObject({ code: "timeout", phase: "connect", retryable: true });
    expect(error.message).toContain("60 ms");
    expect(error.hint).toContain("http://");
    await server.allClosed();
  });

  test("it does not count what comes after the connection", async () => {
    const server = await loopback(({ socket }) => setTimeout(() => socket.write(reply("late")), 600));
    expect(await textOf(await send(server.origin, { connectMs: 400 }))).toBe("late");
  });
});

describe("headers", () => {
  test("none come: timeout, and the server sees the connection close", async () => {
    const server = await loopback(() => undefined);
    const error = await failureOf(send(server.origin, { headersMs: 60 }));
    expect(error).toMatchObject({ code: "timeout", phase: "headers", retryable: false });
    await server.allClosed();
  });

  test("the limit is for all headers, not between two bytes", async () => {
    const server = await loopback(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      every10ms(socket, () => socket.write("x: 1\r\n"));
    });
    expect(await failureOf(send(server.origin, { headersMs: 80 }))).toMatchObject({
      code: "timeout",
      phase: "headers",
    });
    await server.allClosed();
  });

  test("informational replies do not extend it", async () => {
    const server = await loopback(({ socket }) =>
      every10ms(socket, () => socket.write("HTTP/1.1 102 Processing\r\n\r\n")),
    );
    expect(await failureOf(send(server.origin, { headersMs: 80 }))).toMatchObject({
      code: "timeout",
      phase: "headers",
    });
    await server.allClosed();
  });

  test("it does not count the body", async () => {
    const server = await loopback(({ socket }) => {
      socket.write(streamHead);
      setTimeout(() => socket.write(Buffer.concat([chunk("late"), Buffer.from(lastChunk)])), 600);
    });
    expect(await textOf(await send(server.origin, { headersMs: 400 }))).toBe("late");
  });
});

describe("idle", () => {
  test("silence in the body: timeout after what had come, and the server sees the connection close", async () => {
    const server = await loopback(({ socket }) =>
      socket.write(Buffer.concat([Buffer.from(streamHead), chunk("so far")])),
    );
    const reader = (await send(server.origin, { idleMs: 60 })).body[Symbol.asyncIterator]();
    expect(Buffer.from((await reader.next()).value ?? []).toString()).toBe("so far");
    expect(await failureOf(reader.next())).toMatchObject({ code: "timeout", phase: "idle", retryable: false });
    await server.allClosed();
  });

  test("each read starts it anew", async () => {
    const server = await loopback(({ socket }) => {
      let sent = 0;
      socket.write(streamHead);
      every10ms(socket, () => socket.writable && socket.write(++sent < 80 ? chunk("a") : lastChunk));
    });
    expect(await textOf(await send(server.origin, { idleMs: 400 }))).toBe("a".repeat(79));
  });

  test("it stands still while the consumer does not read, and the server is held back meanwhile", async () => {
    const block = chunk(Buffer.alloc(65_536, "a"));
    const total = 64 * 1024 * 1024;
    let written = 0;
    const server = await loopback(({ socket }) => {
      const pour = (): void => {
        while (written < total) {
          written += 65_536;
          if (!socket.write(block)) return void socket.once("drain", pour);
        }
        socket.end(lastChunk);
      };
      socket.write(streamHead);
      pour();
    });
    const response = await send(server.origin, { idleMs: 400 });
    let before = -1;
    let stalledAt = 0;
    await until(() => {
      if (written !== before) stalledAt = performance.now();
      before = written;
      return performance.now() - stalledAt > 1_000; // more than twice the limit
    });
    expect(written).toBeLessThan(32 * 1024 * 1024);
    let read = 0;
    for await (const bytes of response.body) read += bytes.length;
    expect(read).toBe(total);
  });
});
