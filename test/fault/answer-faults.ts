import { gzipSync } from "node:zlib";

import { chatReply, chunk, reply } from "../support/wire.ts";
import { deep, pour, replies, type Fault } from "./fault.ts";

/** A body of status 200 that is no answer. */
const noAnswer = (body: string, status = 200): Fault => ({
  row: 42,
  fault: `${status} with ${body === "" ? "nothing" : body}`,
  call: "chat",
  answer: replies(body, status),
  expected: { code: "protocol", text: "", requests: 1 },
});

/** A whole answer that is odd and right. */
const odd = (row: number, fault: string, text: string, body: string | Uint8Array): Fault => ({
  row,
  fault,
  call: "chat",
  answer: ({ socket }) =>
    socket.write(
      Buffer.concat([
        Buffer.from(reply("", 200, { "content-length": String(Buffer.byteLength(body)) })),
        Buffer.from(body),
      ]),
    ),
  expected: { text, requests: 1 },
});

const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
const compressed = ({ length }: Uint8Array) => ({ "content-encoding": "gzip", "content-length": String(length) });

const message = (fields: object): string =>
  JSON.stringify({ choices: [{ index: 0, finish_reason: "stop", ...fields }] });

/** Rows 40 to 49, and of 62 what whole answers have of it: answers that are not streamed. */
export const answerFaults: readonly Fault[] = [
  {
    row: 40,
    fault: "shorter than its content-length",
    call: "chat",
    answer: ({ socket }) => socket.end(reply(chatReply("half"), 200, { "content-length": "9999" })),
    expected: { code: "truncated", text: "", requests: 2 },
  },
  {
    row: 40,
    fault: "reset in the body",
    call: "chat",
    answer: ({ socket }) => {
      socket.write(reply(chatReply("half"), 200, { "content-length": "9999" }));
      setTimeout(() => socket.resetAndDestroy(), 20);
    },
    expected: { code: ["reset", "truncated"], text: "", requests: 2 },
  },
  {
    row: 41,
    fault: "cut JSON, well framed",
    call: "chat",
    answer: ({ socket }) => socket.write(reply(chatReply("half").slice(0, 80))),
    expected: { code: "protocol", requests: 2, message: /^.{1,300}$/ },
  },
  {
    row: 41,
    fault: "bad JSON again and again, of which one more try is enough",
    call: "chat",
    maxRetries: 5,
    answer: replies("{'a':1}"),
    expected: { code: "protocol", requests: 2 },
  },
  {
    row: 41,
    fault: "bad JSON once, then well",
    call: "chat",
    answer: ({ socket, number }) => socket.write(reply(number === 1 ? "{'a':1}" : chatReply("well"))),
    expected: { text: "well", requests: 2 },
  },
  noAnswer(""),
  noAnswer("", 204),
  noAnswer("null"),
  noAnswer("[]"),
  noAnswer("{}"),
  noAnswer("42"),
  noAnswer('"text"'),
  noAnswer('{"choices":[]}'),
  noAnswer('{"choices":{}}'),
  noAnswer('{"choices":[null]}'),
  noAnswer(message({ message: { content: { parts: [] } } })),
  noAnswer(message({ message: { content: 7 } })),
  noAnswer(message({ index: 7, message: { content: "another's" } })),
  noAnswer(message({ index: -1, message: { content: "another's" } })),
  noAnswer(message({ index: 0.5, message: { content: "another's" } })),
  noAnswer(message({})),
  {
    row: 43,
    fault: "200 with an error object",
    call: "chat",
    answer: ({ socket }) => socket.write(reply('{"error":{"message":"the worker broke"}}')),
    expected: { code: "stream-error", message: /the worker broke/ },
  },
  {
    row: 43,
    fault: "200 with an error text",
    call: "chat",
    answer: ({ socket }) => socket.write(reply('{"error":"the worker broke"}')),
    expected: { code: "stream-error", message: /the worker broke/ },
  },
  {
    row: 44,
    fault: "200 with an HTML page",
    call: "chat",
    answer: ({ socket }) => socket.write(reply("<html>Sign in</html>", 200, { "content-type": "text/html" })),
    expected: { code: "protocol", requests: 1, message: /HTML page/ },
  },
  {
    row: 45,
    fault: "silence half way",
    call: "chat",
    answer: ({ socket }) => socket.write(reply(chatReply("half").slice(0, 20), 200, { "content-length": "99" })),
    timeout: { idleMs: 60 },
    hangs: true,
    expected: { code: "timeout", phase: "idle", requests: 1 },
  },
  {
    row: 46,
    fault: "an endless body",
    call: "chat",
    answer: (arrived) => {
      arrived.socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
      pour(arrived, chunk(" ".repeat(1024 * 1024)));
    },
    hangs: true,
    expected: { code: "limit", requests: 1, withinMs: 5_000 },
  },
  {
    row: 47,
    fault: "a decompression bomb: nothing of it is inflated",
    call: "chat",
    answer: ({ socket }) => socket.write(Buffer.concat([Buffer.from(reply("", 200, compressed(bomb))), bomb])),
    expected: { code: "protocol", requests: 1, message: /compressed/, withinMs: 2_000 },
  },
  {
    row: 48,
    fault: "says gzip and is not",
    call: "chat",
    answer: replies(chatReply("plain"), 200, { "content-encoding": "gzip" }),
    expected: { code: "protocol", requests: 1, message: /compressed/ },
  },
  odd(49, "bytes that are no UTF-8", "a\uFFFDb", brokenText()),
  odd(49, "a byte order mark", "well", `\uFEFF${chatReply("well")}`),
  odd(62, "nested 200,000 deep", "well", chatReply("well").replace("{", `{"x":${deep},`)),
  {
    row: 62,
    fault: "nested 200,000 deep around a key that has to be dropped",
    call: "chat",
    answer: replies(chatReply("well").replace("{", `{"__proto__":${deep},`)),
    expected: { code: "protocol", requests: 1, message: /nested too deep/ },
  },
  {
    row: 62,
    fault: "an error nested 200,000 deep",
    call: "chat",
    answer: replies(`{"error":{"message":"the worker broke","x":${deep}}}`),
    expected: { code: "stream-error", message: /the worker broke/ },
  },
];

function brokenText(): Uint8Array {
  const [before = "", after = ""] = chatReply("a|b").split("|");
  return Buffer.concat([Buffer.from(before), Uint8Array.of(0xff), Buffer.from(after)]);
}
