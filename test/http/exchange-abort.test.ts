import { getEventListeners } from "node:events";
import type { Socket } from "node:net";

import { describe, expect, onTestFinished, test } from "vitest";

import { createTransport } from "../../src/http/undici-transport.ts";
import { failureOf, loopback, rawServer, request, textOf } from "../support/loopback.ts";
import { chunk, reply, streamHead } from "../support/wire.ts";

function transport() {
  const made = createTransport();
  onTestFinished(() => made.close());
  return made;
}

/** Aborts when a server reached a point, and says when. */
function abortOnCue() {
  const controller = new AbortController();
  const reason = new Error("enough");
  let abortedAt = 0;
  return {
    signal: controller.signal,
    reason,
    abort: () => {
      abortedAt = performance.now();
      controller.abort(reason);
    },
    since: () => performance.now() - abortedAt,
  };
}

describe("abort", () => {
  test("before the call: nothing is sent", async () => {
    const server = await loopback(({ socket }) => socket.write(reply("")));
    const error = await failureOf(transport().send(request(server.origin, { signal: AbortSignal.abort("no") })));
    expect(error).toMatchObject({ code: "abort", name: "AbortError", cause: "no" });
    expect(server.connections()).toBe(0);
  });

  test("a call that was aborted before leaves nothing that the next one trips over", async () => {
    const server = await loopback(({ socket }) => socket.write(reply("fine")));
    const made = transport();
    await failureOf(made.send(request(server.origin, { signal: AbortSignal.abort() })));
    expect(await textOf(await made.send(request(server.origin)))).toBe("fine");
  });

  test("while connecting: at once, and the half-open socket is closed", async () => {
    const cue = abortOnCue();
    const server = await rawServer((socket) => socket.once("data", cue.abort)); // the client's hello
    const sent = transport().send(request(`https://127.0.0.1:${server.port}`, { signal: cue.signal }));
    expect(await failureOf(sent)).toMatchObject({ code: "abort", cause: cue.reason });
    await server.allClosed();
    expect(cue.since()).toBeLessThan(500);
  });

  test("before the headers: at once, and the server sees the connection close", async () => {
    const cue = abortOnCue();
    const server = await loopback(cue.abort);
    expect(await failureOf(transport().send(request(server.origin, { signal: cue.signal })))).toMatchObject({
      code: "abort",
      cause: cue.reason,
    });
    await server.allClosed();
    expect(cue.since()).toBeLessThan(500);
  });

  test("in the body: what came is delivered, then abort, and the server sees the connection close", async () => {
    const cue = abortOnCue();
    const server = await loopback(({ socket }) =>
      socket.write(Buffer.concat([Buffer.from(streamHead), chunk("so far")])),
    );
    const response = await transport().send(request(server.origin, { signal: cue.signal }));
    const reader = response.body[Symbol.asyncIterator]();
    expect(Buffer.from((await reader.next()).value ?? []).toString()).toBe("so far");
    const next = reader.next();
    cue.abort();
    expect(await failureOf(next)).toMatchObject({ code: "abort", cause: cue.reason });
    await server.allClosed();
    expect(cue.since()).toBeLessThan(500);
  });

  test("after the end: nothing, and no listener is left on the signal", async () => {
    const server = await loopback(({ socket }) => socket.write(reply("whole")));
    const controller = new AbortController();
    const made = transport();
    for (const _ of [1, 2, 3]) {
      expect(await textOf(await made.send(request(server.origin, { signal: controller.signal })))).toBe("whole");
    }
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    controller.abort();
    expect(await textOf(await made.send(request(server.origin)))).toBe("whole");
    expect(server.connections()).toBe(1);
  });

  test("a failed request leaves no listener either", async () => {
    const server = await loopback(({ socket }) => socket.destroy());
    const { signal } = new AbortController();
    await failureOf(transport().send(request(server.origin, { signal })));
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

describe("leaving", () => {
  test("break closes the connection, so that the server stops", async () => {
    const server = await loopback(({ socket }) => pour(socket));
    const response = await transport().send(request(server.origin));
    for await (const _ of response.body) break;
    await server.allClosed();
  });

  test("an error in the reader's loop closes it too", async () => {
    const server = await loopback(({ socket }) => pour(socket));
    const response = await transport().send(request(server.origin));
    await expect(
      (async () => {
        for await (const _ of response.body) throw new Error("the reader's own");
      })(),
    ).rejects.toThrow("the reader's own");
    await server.allClosed();
  });

  test("destroy() closes it, read or unread", async () => {
    const server = await loopback(({ socket }) => pour(socket));
    const response = await transport().send(request(server.origin));
    response.destroy();
    response.destroy(); // twice is once
    await server.allClosed();
  });
});

function pour(socket: Socket): void {
  socket.write(streamHead);
  const timer = setInterval(() => socket.write(chunk("token ")), 2);
  socket.once("close", () => clearInterval(timer));
}
