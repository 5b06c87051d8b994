import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

import { onTestFinished } from "vitest";

import { InhouseError, isInhouseError } from "../../src/core/error.ts";
import type { HttpRequest, HttpResponse } from "../../src/core/transport.ts";

/** A request as its bytes came over a socket. */
export interface Arrived {
  readonly socket: Socket;
  /** Request line and headers. */
  readonly head: string;
  readonly body: string;
  /** Which request of the server, and over which of its connections; both count from 1. */
  readonly number: number;
  readonly connection: number;
}

/** A server on 127.0.0.1 that is written byte by byte. */
export interface Loopback {
  readonly port: number;
  readonly origin: string;
  /** Requests that came whole, in order. */
  readonly requests: readonly Arrived[];
  /** How many connections were made so far. */
  readonly connections: () => number;
  /** How many of them are open. */
  readonly open: () => number;
  /** Resolves when none is open. */
  allClosed(): Promise<void>;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** A server that answers whole requests by writing to their socket; closed when the test is over. */
export function loopback(answer: (request: Arrived) => unknown, tls?: TlsOptions): Promise<Loopback> {
  const requests: Arrived[] = [];
  return rawServer((socket, connection) => {
    let held = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      held = Buffer.concat([held, bytes]);
      const headLength = held.indexOf("\r\n\r\n") + 4;
      if (headLength < 4) return;
      const head = held.subarray(0, headLength).toString("latin1");
      const bodyLength = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (held.length < headLength + bodyLength) return;
      const body = held.subarray(headLength, headLength + bodyLength).toString("utf8");
      held = held.subarray(headLength + bodyLength);
      const arrived = { socket, head, body, connection, number: requests.length + 1 };
      requests.push(arrived);
      answer(arrived);
    });
  }, tls).then((server) => ({ ...server, requests }));
}

/** A server that is handed its bare sockets; closed when the test is over. */
export async function rawServer(
  onSocket: (socket: Socket, connection: number) => void,
  tls?: TlsOptions,
): Promise<Omit<Loopback, "requests">> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let waiting: (() => void)[] = [];
  const accept = (socket: Socket): void => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined); // a client that resets is no matter of the server's
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    });
    onSocket(socket, connections);
  };
  const server: Server = tls ? createTlsServer(tls, accept) : createServer({ noDelay: true }, accept);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  onTestFinished(close);
  return {
    port,
    origin: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    connections: () => connections,
    open: () => sockets.size,
    allClosed: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close,
  };
}

/** Resolves when the connection of a request has closed. */
export function closed(arrived: Arrived | undefined): Promise<void> {
  if (!arrived) throw new Error("No such request came.");
  const { socket } = arrived;
  return socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once("close", () => resolve()));
}

/** A port of 127.0.0.1 where nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

/** A request for a transport. */
export function request(origin: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: "GET", origin, path: "/", headers: {}, ...more };
}

/** The whole body of a reply as text. */
export async function textOf(response: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** The error that a promise rejects with, which must be one of ours. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<InhouseError> {
  try {
    await promise;
  } catch (error) {
    if (isInhouseError(error)) return error;
    throw new Error("It failed with a foreign error.", { cause: error });
  }
  throw new Error("It did not fail.");
}

/** The error that a function throws, which must be one of ours. */
export function thrownBy(run: () => unknown): InhouseError {
  try {
    run();
  } catch (error) {
    if (error instanceof InhouseError) return error;
    throw new Error("It threw a foreign error.", { cause: error });
  }
  throw new Error("It did not throw.");
}
