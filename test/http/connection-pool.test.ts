import type { Socket } from "node:net";

import { expect, test } from "vitest";

import { createTransport } from "../../src/http/undici-transport.ts";
import { failureOf, loopback, request, textOf } from "../support/loopback.ts";
import { chunk, lastChunk, reply, streamHead } from "../support/wire.ts";

test("one connection serves one request after the other", async () => {
  const server = await loopback(({ socket, number }) => socket.write(reply(`reply ${number}`)));
  const transport = createTransport();
  for (const number of [1, 2, 3]) {
    expect(await textOf(await transport.send(request(server.origin)))).toBe(`reply ${number}`);
  }
  expect(server.connections()).toBe(1);
  await transport.close();
});

test("requests at the same time have a connection each", async () => {
  const waiting: Socket[] = [];
  const server = await loopback(({ socket }) => {
    waiting.push(socket);
    if (waiting.length === 3) for (const each of waiting) each.write(reply("together"));
  });
  const transport = createTransport();
  const responses = await Promise.all([1, 2, 3].map(() => transport.send(request(server.origin))));
  expect(await Promise.all(responses.map(textOf))).toEqual(["together", "together", "together"]);
  expect(server.connections()).toBe(3);
  await transport.close();
});

test("a kept connection that the server closes when the next request comes is replaced once, at once", async () => {
  const seen: string[] = [];
  const server = await loopback(({ socket, head, connection, number }) => {
    if (connection === 1 && number === 2) return socket.destroy();
    seen.push(head.split(" ")[1] ?? "");
    return socket.write(reply("here"));
  });
  const transport = createTransport();
  await textOf(await transport.send(request(server.origin, { path: "/first" })));
  expect(await textOf(await transport.send(request(server.origin, { path: "/second" })))).toBe("here");
  expect(seen).toEqual(["/first", "/second"]);
  expect(server.connections()).toBe(2);
  await transport.close();
});

test("a kept connection that the server closed before is not used again", async () => {
  let idle: Socket | undefined;
  const server = await loopback(({ socket }) => {
    idle = socket;
    socket.write(reply("here"));
  });
  const transport = createTransport();
  await textOf(await transport.send(request(server.origin)));
  idle?.end();
  await server.allClosed();
  expect(await textOf(await transport.send(request(server.origin)))).toBe("here");
  expect(server.requests).toHaveLength(2);
  await transport.close();
});

test("a new connection that is lost is not replaced here: that is a retry, and the client's to decide", async () => {
  const server = await loopback(({ socket }) => socket.destroy());
  const transport = createTransport();
  expect((await failureOf(transport.send(request(server.origin)))).code).toBe("reset");
  expect(server.requests).toHaveLength(1);
  await transport.close();
});

test("a replaced connection that is lost too is an error, not a third try", async () => {
  const server = await loopback(({ socket, number }) => (number === 1 ? socket.write(reply("")) : socket.destroy()));
  const transport = createTransport();
  await textOf(await transport.send(request(server.origin)));
  expect((await failureOf(transport.send(request(server.origin)))).code).toBe("reset");
  expect(server.requests).toHaveLength(3);
  await transport.close();
});

test("a released reply whose body ends by itself leaves its connection for the next request", async () => {
  const server = await loopback(({ socket, number }) => {
    if (number > 1) return socket.write(reply("again"));
    socket.write(Buffer.concat([Buffer.from(streamHead), chunk("all that matters")]));
    return setTimeout(() => socket.write(lastChunk), 20);
  });
  const transport = createTransport();
  const response = await transport.send(request(server.origin));
  for await (const _ of response.body) {
    response.release();
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 60)); // no event tells that the end has been read
  expect(await textOf(await transport.send(request(server.origin)))).toBe("again");
  expect(server.connections()).toBe(1);
  await transport.close();
});

test("a released reply whose body stays open is closed after 100 ms", async () => {
  const server = await loopback(({ socket }) => socket.write(streamHead));
  const transport = createTransport();
  const response = await transport.send(request(server.origin));
  const releasedAt = performance.now();
  response.release();
  expect(server.open()).toBe(1);
  await server.allClosed();
  expect(performance.now() - releasedAt).toBeGreaterThan(80);
  expect(performance.now() - releasedAt).toBeLessThan(1_000);
  await transport.close();
});
