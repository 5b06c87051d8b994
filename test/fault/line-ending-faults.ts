import type { ErrorCode } from "../../src/core/error-codes.ts";
import { done, line, openLines, said, wholeLines } from "../support/ollama-wire.ts";
import { chunk } from "../support/wire.ts";
import { deep, every, type Fault } from "./fault.ts";

const soFar = said("so far");
const broke = "an error was encountered while running the model: unexpected EOF";

/** A stream that ends wrong after its first token. */
const ends = (row: number, fault: string, code: ErrorCode, answer: Fault["answer"]): Fault => ({
  row,
  fault,
  answer,
  expected: { code, text: "so far", requests: 1 },
});

/** How streams of NDJSON end: rows 65 to 78. */
export const lineEndingFaults: readonly Fault[] = [
  {
    row: 65,
    fault: "reset in mid-stream",
    answer: ({ socket }) => {
      socket.write(openLines(soFar));
      setTimeout(() => socket.resetAndDestroy(), 20);
    },
    expected: { code: ["reset", "truncated"], text: "so far", requests: 1 },
  },
  ends(66, "closed inside the chunked body", "truncated", ({ socket }) => {
    socket.write(openLines(soFar));
    socket.end("ff\r\nhalf a chunk");
  }),
  ends(66, "a bad chunk size", "protocol", ({ socket }) => {
    socket.write(openLines(soFar));
    socket.end("zz\r\n");
  }),
  ends(67, "a well-formed end without done", "truncated", ({ socket }) => socket.write(wholeLines(soFar))),
  ends(68, "a close-delimited body that is cut", "truncated", ({ socket }) =>
    socket.end(`HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n\r\n${soFar}`),
  ),
  {
    row: 70,
    fault: "an end without its reason",
    answer: ({ socket }) => socket.write(wholeLines(said("whole"), line({ message: { content: "" }, done: true }))),
    expected: { text: "whole", finishReason: "unknown", requests: 1 },
  },
  ends(71, "half a line at the end", "truncated", ({ socket }) =>
    socket.write(wholeLines(soFar, '{"model":"m","message":{"con')),
  ),
  {
    row: 72,
    fault: "complete, and the body left open",
    answer: ({ socket }) => socket.write(openLines(said("whole"), done())),
    hangs: true,
    expected: { text: "whole", requests: 1, withinMs: 2_000 },
  },
  {
    row: 73,
    fault: "lines after the end",
    answer: ({ socket }) => socket.write(wholeLines(said("whole"), done(), said(" and more"), "{broken\n")),
    expected: { text: "whole", requests: 1 },
  },
  ends(74, "an error line in mid-stream", "stream-error", ({ socket }) =>
    socket.write(wholeLines(soFar, line({ error: broke }), done())),
  ),
  ends(74, "an error line nested 200,000 deep", "stream-error", ({ socket }) =>
    socket.write(wholeLines(soFar, line({ error: broke }).replace("{", `{"x":${deep},`), done())),
  ),
  {
    row: 75,
    fault: "an error as the first line",
    answer: ({ socket, number }) =>
      socket.write(number === 1 ? wholeLines(line({ error: broke })) : wholeLines(said("well again"), done())),
    expected: { text: "well again", requests: 2 },
  },
  {
    row: 76,
    fault: "silence after tokens",
    answer: ({ socket }) => socket.write(openLines(soFar)),
    timeout: { idleMs: 60 },
    hangs: true,
    expected: { code: "timeout", phase: "idle", text: "so far", requests: 1 },
  },
  {
    row: 77,
    fault: "empty pieces only are no first token",
    answer: (arrived) => {
      arrived.socket.write(openLines());
      every(10, arrived, () => arrived.socket.write(chunk(said(""))));
    },
    timeout: { firstTokenMs: 80 },
    hangs: true,
    expected: { code: "timeout", phase: "first-token", text: "", requests: 1 },
  },
  {
    row: 78,
    fault: "tokens for ever",
    answer: (arrived) => {
      arrived.socket.write(openLines());
      every(5, arrived, () => arrived.socket.write(chunk(said("a"))));
    },
    timeout: { totalMs: 100 },
    hangs: true,
    expected: { code: "timeout", phase: "total", requests: 1 },
  },
];
