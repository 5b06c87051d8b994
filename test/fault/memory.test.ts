import { createGzip } from "node:zlib";

import { expect, onTestFinished, test } from "vitest";

import { createClient } from "../../src/client/client.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { loopback, type Arrived } from "../support/loopback.ts";
import { chatLine, openLines, said, wholeLines } from "../support/ollama-wire.ts";
import { runChild } from "../support/run-child.ts";
import { chatReply, chatStream, chunk, delta, event, lastChunk, reply, streamHead } from "../support/wire.ts";
import { pour } from "./fault.ts";
import type { Left } from "./leaks-child.ts";
import type { Ended } from "./sizes-child.ts";

const chunkedHead = (type: string, status = 200): string =>
  `HTTP/1.1 ${status} Words\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;
const soFar = event(delta("so far"));
const done = `${JSON.stringify({ model: "m", message: { content: "" }, done: true, done_reason: "stop" })}\n`;

/** Answers by the path's first part: in the form that the rest of it says. */
function answer({ socket, head }: Arrived): unknown {
  const lines = head.includes("/lines/");
  const whole = lines
    ? wholeLines(said("well"), done)
    : `${streamHead}${String(chunk(chatStream("well")))}${lastChunk}`;
  if (head.startsWith("POST /failing/")) return socket.write(reply('{"error":"broken"}', 500));
  if (head.startsWith("POST /open/"))
    return socket.write(lines ? openLines(said("a")) : `${streamHead}${String(chunk(soFar))}`);
  if (head.startsWith("POST /cut/"))
    return socket.write(lines ? wholeLines(said("a")) : `${streamHead}${String(chunk(soFar))}${lastChunk}`);
  return socket.write(head.includes("/chat") ? whole : reply(lines ? chatLine("well") : chatReply("well")));
}

test("row 96, calls of every kind under one signal leave no listener, socket, timer, rejection or memory", async () => {
  const server = await loopback((arrived) => {
    const wantsJson = !arrived.body.includes('"stream":true') && arrived.head.startsWith("POST /well/");
    if (wantsJson) arrived.socket.write(reply(arrived.head.includes("/lines/") ? chatLine("well") : chatReply("well")));
    else answer(arrived);
  });
  const calls = 1_500; // npm run soak makes many more
  const left = await runChild<Left>("test/fault/leaks-child.ts", [server.origin, String(calls)], {
    flags: ["--expose-gc"],
  });
  expect(left).toMatchObject({ sockets: 0, timers: 0, listeners: 0, warnings: [], unhandled: [], foreign: [] });
  expect(left.heapMiB).toBeLessThan(8);
  await server.allClosed();
});

test("row 63, many events at once leave the event loop its turns", async () => {
  const events = event(delta("a")).repeat(20_000);
  const server = await loopback(({ socket }) =>
    socket.write(
      Buffer.concat([Buffer.from(streamHead), chunk(events), chunk(chatStream("b")), Buffer.from(lastChunk)]),
    ),
  );
  const client = createClient({ provider: openaiCompatible({ baseURL: server.origin }), model: "m" });
  onTestFinished(() => client.close());
  let ofThisTurn = 0;
  let most = 0;
  let reading = true;
  const turn = (): void => {
    most = Math.max(most, ofThisTurn);
    ofThisTurn = 0;
    if (reading) setImmediate(turn);
  };
  setImmediate(turn);
  for await (const _ of client.stream({ messages: "Hi" }).text) ofThisTurn += 1;
  reading = false;
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(5_000); // of some 5 µs each
});

/** What has no end, and how a call against it ends. */
const endless: Readonly<Record<string, { readonly code: string; answer(arrived: Arrived): void }>> = {
  headers: {
    code: "limit",
    answer: ({ socket }) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(1024 * 1024)}`),
  },
  "error-body": {
    code: "server",
    answer: (arrived) => {
      arrived.socket.write(chunkedHead("application/json", 500));
      pour(arrived, chunk("x".repeat(1024 * 1024)));
    },
  },
  body: {
    code: "limit",
    answer: (arrived) => {
      arrived.socket.write(chunkedHead("application/json"));
      pour(arrived, chunk(" ".repeat(1024 * 1024)));
    },
  },
  "body-bomb": {
    code: "protocol",
    answer: ({ socket }) => {
      socket.write(chunkedHead("application/json").replace("\r\n", "\r\ncontent-encoding: gzip\r\n"));
      const gzip = createGzip();
      gzip.on("data", (bytes: Buffer) => socket.writable && socket.write(chunk(bytes)));
      gzip.end(Buffer.alloc(256 * 1024 * 1024));
    },
  },
  line: {
    code: "limit",
    answer: (arrived) => {
      arrived.socket.write(`${chunkedHead("text/event-stream")}${String(chunk(soFar))}${String(chunk("data: "))}`);
      pour(arrived, chunk("x".repeat(65_536)));
    },
  },
  comment: {
    code: "limit",
    answer: (arrived) => {
      arrived.socket.write(`${chunkedHead("text/event-stream")}${String(chunk(soFar))}${String(chunk(": "))}`);
      pour(arrived, chunk("x".repeat(65_536)));
    },
  },
  "data-lines": {
    code: "limit",
    answer: (arrived) => {
      arrived.socket.write(`${chunkedHead("text/event-stream")}${String(chunk(soFar))}`);
      pour(arrived, chunk("data: xxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(2_000)));
    },
  },
};

test("rows 17, 36, 46, 47, 61, what has no end is cut at its limit, and memory stays within bounds", async () => {
  const server = await loopback((arrived) => {
    const place = /^POST \/([\w-]+)\//.exec(arrived.head)?.[1] ?? "";
    if (endless[place]) endless[place].answer(arrived);
    else answer(arrived);
  });
  const paths = Object.keys(endless);
  const ends = await runChild<readonly Ended[]>("test/fault/sizes-child.ts", [server.origin, ...paths]);
  expect(ends.map(({ path, code }) => [path, code])).toEqual(paths.map((path) => [path, endless[path]?.code]));
  for (const { path, peakMiB } of ends) expect(peakMiB, path).toBeLessThan(192);
  await server.allClosed();
});
