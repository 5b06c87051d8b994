import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { createClient } from "../../src/client/client.ts";
import type { Middleware } from "../../src/core/handler.ts";
import type { Provider } from "../../src/core/provider.ts";
import type { ChatRequest } from "../../src/core/request.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { makeCertificates, type Certificates } from "../support/certificates.ts";
import { failureOf, loopback } from "../support/loopback.ts";
import { runChild } from "../support/run-child.ts";
import { chatReply, reply } from "../support/wire.ts";
import type { Uploaded } from "./upload-child.ts";

const size = 32_000_000;

/** A server that counts what comes and answers. */
async function sink(): Promise<{ readonly origin: string; readonly lengths: number[] }> {
  const lengths: number[] = [];
  const server = createServer((request, response) => {
    let length = 0;
    request.on("data", (bytes: Buffer) => (length += bytes.length));
    request.on("end", () => {
      lengths.push(length);
      response.setHeader("content-type", "application/json").end(chatReply("well"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, lengths };
}

test("row 114, a file of 32 MB is sent within 40 MB of memory, for at most twice the processor's time of the simplest way", async () => {
  const folder = await mkdtemp(join(tmpdir(), "inhouse-upload-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [path, small] = [join(folder, "sound.wav"), join(folder, "small.wav")];
  await writeFile(path, randomFillSync(Buffer.allocUnsafe(size)));
  await writeFile(small, randomFillSync(Buffer.allocUnsafe(1_000_000)));
  const { origin, lengths } = await sink();
  const { peakMiB, cpuMs, floorMs } = await runChild<Uploaded>("test/fault/upload-child.ts", [origin, path, small], {
    flags: ["--expose-gc"],
  });
  expect(lengths.filter((length) => length > size)).toHaveLength(9);
  expect(peakMiB * 1.048_576).toBeLessThan(40);
  expect(cpuMs / floorMs).toBeLessThan(2);
}, 60_000);

const bytes = randomFillSync(Buffer.allocUnsafe(12_000_000));

/** Puts the bytes into a chat as a sound, past what fits files to the server. */
const withSound: Middleware = (request, context, next) => {
  const part = { type: "audio", mediaType: "audio/wav", data: bytes } as const;
  return next({ ...request, messages: [{ role: "user", content: [part] }] } as ChatRequest, context);
};

/** Sends the bytes in a chat to a server that is not asked what it can do. */
function upload(provider: Provider, signal?: AbortSignal, maxRetries = 0): Promise<unknown> {
  const model = { id: "m", aliases: [], capabilities: provider.capabilities };
  const capabilities = [{ provider: provider.name, model, learnedAt: "2026-01-01T00:00:00Z" }];
  const client = createClient({ provider, model: "m", maxRetries, capabilities, middleware: [withSound] });
  onTestFinished(() => client.close());
  return client.chat({ messages: "Hi", ...(signal ? { signal } : {}) });
}

/** The sound in a body of a chat. */
function soundIn(body: string): Buffer {
  const { messages } = JSON.parse(body) as {
    readonly messages: readonly { readonly content: readonly { readonly input_audio: { readonly data: string } }[] }[];
  };
  return Buffer.from(messages[0]?.content[0]?.input_audio.data ?? "", "base64");
}

const certificates = makeCertificates();
const ways: readonly (readonly [string, Certificates | undefined])[] = [
  ["plain", undefined],
  ...(certificates ? [["over TLS", certificates] as const] : []),
];

test.each(ways)("row 114, a server that reads slowly gets every byte, %s", async (_, made) => {
  let body = "";
  const read = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // A reader with pauses: what was written for it must wait, and stay what it is.
    for await (const piece of request.setEncoding("latin1")) {
      body += String(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.setHeader("content-type", "application/json").end(chatReply("well"));
  };
  const answer: RequestListener = (request, response) => void read(request, response);
  const server = made ? createSecureServer(made.server, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const transport = createTransport(made ? { tls: { ca: made.ca } } : {});
  onTestFinished(() => transport.close());
  const baseURL = `${made ? "https" : "http"}://127.0.0.1:${port}`;
  await upload(openaiCompatible({ baseURL, transport }));
  expect(soundIn(body).equals(bytes)).toBe(true);
});

test("row 114, a file is sent again whole, where the first try failed", async () => {
  const bodies: string[] = [];
  const server = await loopback(({ socket, body, number }) => {
    bodies.push(body);
    socket.write(number === 1 ? reply("{}", 503) : reply(chatReply("well")));
  });
  await upload(openaiCompatible({ baseURL: server.origin }), undefined, 1);
  expect(bodies).toHaveLength(2);
  for (const body of bodies) expect(soundIn(body).equals(bytes)).toBe(true);
});

test("row 115, a 413 while a file is being sent: too-large, once, and the connection closes", async () => {
  const server = createServer({}, (request, response) => {
    request.once("data", () =>
      response.writeHead(413, { connection: "close" }).end('{"error":{"message":"Too big."}}'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const error = await failureOf(upload(openaiCompatible({ baseURL: `http://127.0.0.1:${port}` })));
  expect(error).toMatchObject({ code: "too-large", attempts: [expect.anything()] });
});

test("row 116, an abort while a file is being sent closes the connection, and no more of it is sent", async () => {
  const controller = new AbortController();
  let received = 0;
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (piece: Buffer) => (received += piece.length));
    socket.once("data", () => {
      socket.pause(); // what the operating system holds for it is less than the file
      controller.abort();
    });
    controller.signal.addEventListener("abort", () => setImmediate(() => socket.resume()));
    socket.once("close", () => server.close());
  });
  const over = once(server, "close");
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const provider = openaiCompatible({ baseURL: `http://127.0.0.1:${port}` });
  const error = await failureOf(upload(provider, controller.signal));
  expect(error.code).toBe("abort");
  await over;
  expect(received).toBeLessThan(bytes.length);
});
