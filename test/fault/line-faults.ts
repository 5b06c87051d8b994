import type { ErrorCode } from "../../src/core/error-codes.ts";
import { chunk, lastChunk, reply } from "../support/wire.ts";
import { every, pour, type Fault } from "./fault.ts";

type Answer = Fault["answer"];
type Arrived = Parameters<Answer>[0];

/** A line of Ollama's stream. */
const line = (value: object): string => `${JSON.stringify({ model: "m", ...value })}\n`;
const said = (content: string): string => line({ message: { role: "assistant", content }, done: false });
const end = line({ message: { role: "assistant", content: "" }, done: true, done_reason: "stop" });
const soFar = said("so far");
const broke = "an error was encountered while running the model: unexpected EOF";

const head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";

/** Begins a stream and leaves it open. */
const begin = ({ socket }: Arrived, ...pieces: readonly string[]): unknown =>
  socket.write(Buffer.concat([Buffer.from(head), ...pieces.map(chunk)]));

/** A stream whose encoding is whole, whatever its content is. */
function whole(arrived: Arrived, ...pieces: readonly string[]): void {
  begin(arrived, ...pieces);
  arrived.socket.write(lastChunk);
}

/** A stream that ends wrong after its first token. */
const ends = (row: number, fault: string, code: ErrorCode, answer: Answer): Fault => ({
  row,
  fault,
  answer,
  expected: { code, text: "so far", requests: 1 },
});

/** A whole reply of this status and error. */
const reports = (row: number, status: number, error: string, code: ErrorCode, requests: number): Fault => ({
  row,
  fault: `${status}: ${error}`,
  answer: ({ socket }) => socket.write(reply(JSON.stringify({ error }), status)),
  expected: { code, text: "", requests },
});

/** The rows of the requirement table that NDJSON, and Ollama's way to report, have of their own. */
export const lineFaults: readonly Fault[] = [
  reports(31, 500, broke, "server", 2),
  reports(31, 500, 'option "num_ctx" must be of type integer', "invalid-request", 1),
  reports(33, 503, "server busy, please try again.  maximum pending requests exceeded", "overloaded", 2),
  {
    row: 51,
    fault: "characters and lines cut anywhere",
    answer: (arrived) => whole(arrived, ...((said("Grüße, 世界! ☃") + end).match(/[^]{1,7}/gu) ?? [])),
    expected: { text: "Grüße, 世界! ☃", requests: 1 },
  },
  {
    row: 54,
    fault: "a last line without its line feed",
    answer: (arrived) => whole(arrived, said("whole"), end.trimEnd()),
    expected: { text: "whole", requests: 1 },
  },
  ends(59, "a damaged line between good ones", "protocol", (arrived) =>
    whole(arrived, soFar, '{"message":{"content"\n', said(" and more"), end),
  ),
  ends(61, "an endless line", "limit", (arrived) => {
    begin(arrived, soFar);
    pour(arrived, chunk("x".repeat(65_536)));
  }),
  {
    row: 65,
    fault: "reset in mid-stream",
    answer: (arrived) => {
      begin(arrived, soFar);
      setTimeout(() => arrived.socket.resetAndDestroy(), 20);
    },
    expected: { code: ["reset", "truncated"], text: "so far", requests: 1 },
  },
  ends(66, "closed inside the chunked body", "truncated", (arrived) => {
    begin(arrived, soFar);
    arrived.socket.end("ff\r\nhalf a chunk");
  }),
  ends(67, "a well-formed end without done", "truncated", (arrived) => whole(arrived, soFar)),
  ends(71, "half a line at the end", "truncated", (arrived) => whole(arrived, soFar, '{"model":"m","message":{"con')),
  {
    row: 72,
    fault: "complete, and the body left open",
    answer: (arrived) => begin(arrived, said("whole"), end),
    hangs: true,
    expected: { text: "whole", requests: 1, withinMs: 500 },
  },
  {
    row: 73,
    fault: "lines after the end",
    answer: (arrived) => whole(arrived, said("whole"), end, said(" and more"), "{broken\n"),
    expected: { text: "whole", requests: 1 },
  },
  ends(74, "an error line in mid-stream", "stream-error", (arrived) => whole(arrived, soFar, line({ error: broke }))),
  {
    row: 75,
    fault: "an error as the first line",
    answer: (arrived) =>
      arrived.number === 1 ? whole(arrived, line({ error: broke })) : whole(arrived, said("well again"), end),
    expected: { text: "well again", requests: 2 },
  },
  {
    row: 76,
    fault: "silence after tokens",
    answer: (arrived) => begin(arrived, soFar),
    timeout: { idleMs: 60 },
    hangs: true,
    expected: { code: "timeout", phase: "idle", text: "so far", requests: 1 },
  },
  {
    row: 78,
    fault: "tokens for ever",
    answer: (arrived) => {
      begin(arrived);
      every(5, arrived, () => arrived.socket.write(chunk(said("a"))));
    },
    timeout: { totalMs: 150 },
    hangs: true,
    expected: { code: "timeout", phase: "total", requests: 1 },
  },
  {
    row: 79,
    fault: "a whole answer where a stream was asked for",
    answer: ({ socket }) =>
      socket.write(reply(said("whole").replace('"done":false', '"done":true,"done_reason":"stop"'))),
    expected: { text: "whole", requests: 1 },
  },
];
