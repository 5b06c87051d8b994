import type { ErrorCode } from "../../src/core/error-codes.ts";
import { chatLine, done, errorReply, line, openLines, said, wholeLines } from "../support/ollama-wire.ts";
import { chunk } from "../support/wire.ts";
import { deep, pour, replies, type Fault } from "./fault.ts";

/** A whole reply of this status and error. */
const reports = (row: number, status: number, error: string, code: ErrorCode, requests: number): Fault => ({
  row,
  fault: `${status}: ${error}`,
  answer: ({ socket }) => socket.write(errorReply(status, error)),
  expected: { code, text: "", requests },
});

/** A body of status 200 that is no answer. */
const noAnswer = (body: string): Fault => ({
  row: 42,
  fault: `200 with ${body === "" ? "nothing" : body}`,
  call: "chat",
  answer: replies(body),
  expected: { code: "protocol", text: "", requests: 1 },
});

/** A reply to a request for two vectors that is not what was asked for. */
const vectors = (...embeddings: readonly unknown[]): Fault => ({
  row: 50,
  fault: `embeddings, ${JSON.stringify(embeddings)}`,
  call: "embed",
  answer: replies(JSON.stringify({ model: "m", embeddings })),
  expected: { code: "protocol", requests: 1 },
});

/** A stream that is odd and right: the answer is exact. */
const odd = (row: number, fault: string, text: string, ...pieces: readonly (string | Uint8Array)[]): Fault => ({
  row,
  fault,
  answer: ({ socket }) => socket.write(wholeLines(...pieces)),
  expected: { text, requests: 1 },
});

/** A stream that is wrong after its first token, which is not lost. */
const wrong = (row: number, fault: string, ...rest: readonly string[]): Fault => ({
  row,
  fault,
  answer: ({ socket }) => socket.write(wholeLines(said("so far"), ...rest)),
  expected: { code: "protocol", text: "so far", requests: 1 },
});

const megabytes = "x".repeat(7 * 1024 * 1024);
const broke = "an error was encountered while running the model: unexpected EOF";
const stream = said("Grüße, 世界! ☃") + done();
const bytes = Array.from(Buffer.from(stream), (byte) => Uint8Array.of(byte));
const broken = Buffer.from(said("a|b")).map((byte) => (byte === 0x7c ? 0xff : byte));

/** What NDJSON, and Ollama's way to report, have of their own: rows 31 to 64. */
export const lineFaults: readonly Fault[] = [
  reports(24, 404, 'model "m" not found, try pulling it first', "not-found", 1),
  reports(31, 500, broke, "server", 2),
  reports(31, 500, 'option "num_ctx" must be of type integer', "invalid-request", 1),
  reports(33, 503, "server busy, please try again.  maximum pending requests exceeded", "overloaded", 2),
  noAnswer(""),
  noAnswer("null"),
  noAnswer("[]"),
  noAnswer("{}"),
  noAnswer('{"done":true}'),
  noAnswer('{"done":true,"message":null}'),
  noAnswer('{"done":true,"message":{"content":{"parts":[]}}}'),
  vectors(),
  vectors([1, 2]),
  vectors([1, 2], [3]),
  vectors([1, 2], [3, null]),
  vectors([1, 2], null),
  odd(51, "one byte a chunk", "Grüße, 世界! ☃", ...bytes),
  odd(52, "CRLF", "Grüße, 世界! ☃", stream.replaceAll("\n", "\r\n")),
  odd(52, "a byte order mark", "Grüße, 世界! ☃", "\uFEFF", stream),
  odd(54, "a last line without its line feed", "whole", said("whole"), done().trimEnd()),
  odd(55, "NUL and control characters", "a\u0000\u001B[31m\u007F", said("a\u0000"), said("\u001B[31m\u007F"), done()),
  odd(55, "a surrogate pair over two tokens", "🙂", said("\ud83d"), said("\ude42"), done()),
  odd(56, "bytes that are no UTF-8", "a\uFFFDb", broken, done()),
  odd(
    57,
    "empty lines, null and missing messages",
    "ab",
    "\n\n",
    line({ message: null }),
    said("a"),
    line({}),
    said("b"),
    done(),
  ),
  wrong(58, "a number for a line", "7\n", done()),
  wrong(58, "a list for a line", "[1]\n", done()),
  wrong(58, "null for a line", "null\n", done()),
  wrong(59, "a damaged line between good ones", '{"message":{"content"\n', said(" and more"), done()),
  {
    row: 60,
    fault: "a line of 7 MiB in pieces of 1 KiB",
    answer: ({ socket }) => socket.write(wholeLines(...(said(megabytes).match(/[^]{1,1024}/g) ?? []), done())),
    expected: { text: megabytes, requests: 1, withinMs: 5_000 },
  },
  {
    row: 61,
    fault: "an endless line",
    answer: (arrived) => {
      arrived.socket.write(openLines(said("so far")));
      pour(arrived, chunk("x".repeat(65_536)));
    },
    hangs: true,
    expected: { code: "limit", text: "so far", requests: 1 },
  },
  odd(62, "a line nested 200,000 deep", "a", line({}).replace("{", `{"x":${deep},`), said("a"), done()),
  wrong(62, "nested 200,000 deep around a key that has to be dropped", `{"__proto__":${deep}}\n`, done()),
  odd(63, "20,000 lines at once", "a".repeat(20_000), said("a").repeat(20_000), done()),
  odd(
    64,
    "keys that reach a prototype",
    "a",
    '{"__proto__":{"polluted":1},"message":{"__proto__":{}}}\n',
    said("a"),
    done(),
  ),
  {
    row: 79,
    fault: "a whole answer where a stream was asked for",
    answer: replies(chatLine("whole")),
    expected: { text: "whole", requests: 1 },
  },
];
