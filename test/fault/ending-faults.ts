import type { ErrorCode } from "../../src/core/error-codes.ts";
import { chatReply, chatStream, chunk, delta, event, finished, reply, streamHead } from "../support/wire.ts";
import { begin, deep, every, whole, type Fault } from "./fault.ts";

const soFar = event(delta("so far"));
const done = event("[DONE]");

/** A stream that ends wrong after its first token. */
const ends = (row: number, fault: string, code: ErrorCode, answer: Fault["answer"]): Fault => ({
  row,
  fault,
  answer,
  expected: { code, text: "so far", requests: 1 },
});

/** An error in the middle of a stream, that is an error even if [DONE] follows. */
const reports = (fault: string, ...pieces: readonly string[]): Fault => ({
  row: 74,
  fault: `in mid-stream, ${fault}`,
  answer: (arrived) => whole(arrived, soFar, ...pieces, event(finished()), done),
  expected: { code: "stream-error", text: "so far", requests: 1, message: /the worker broke/ },
});

/** Rows 65 to 79: how streams end. */
export const endingFaults: readonly Fault[] = [
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
  ends(66, "a bad chunk size", "protocol", (arrived) => {
    begin(arrived, soFar);
    arrived.socket.end("zz\r\n");
  }),
  ends(67, "a well-formed end without finish or [DONE]", "truncated", (arrived) => whole(arrived, soFar)),
  ends(68, "a close-delimited body that is cut", "truncated", ({ socket }) =>
    socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${soFar}`),
  ),
  {
    row: 68,
    fault: "a close-delimited body that is whole",
    answer: ({ socket }) =>
      socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${chatStream("whole")}`),
    expected: { text: "whole", requests: 1 },
  },
  {
    row: 69,
    fault: "a finish without [DONE]",
    answer: (arrived) => whole(arrived, event(delta("whole")), event(finished())),
    expected: { text: "whole", requests: 1 },
  },
  ends(70, "[DONE] without a finish", "truncated", (arrived) => whole(arrived, soFar, done)),
  ends(70, "an end that says abort, as vLLM's does when it is stopped", "stream-error", (arrived) =>
    whole(arrived, soFar, event(finished("abort")), done),
  ),
  {
    row: 70,
    fault: "an end for a reason that nobody knows",
    answer: (arrived) => whole(arrived, event(delta("whole")), event(finished("because")), done),
    expected: { text: "whole", finishReason: "unknown", requests: 1 },
  },
  ends(71, "half an event at the end", "truncated", (arrived) => whole(arrived, soFar, 'data: {"choices":[{"delta"')),
  {
    row: 72,
    fault: "complete, and the body left open",
    answer: (arrived) => begin(arrived, chatStream("whole")),
    hangs: true,
    expected: { text: "whole", requests: 1, withinMs: 2_000 },
  },
  {
    row: 73,
    fault: "data after the end",
    answer: (arrived) => whole(arrived, chatStream("whole"), event(delta(" and more")), "data: {broken\n\n"),
    expected: { text: "whole", requests: 1 },
  },
  reports("an object", event({ error: { message: "the worker broke", code: 500 } })),
  reports("a flat text", event({ error: "the worker broke" })),
  reports("an object nested 200,000 deep", event(`{"error":{"message":"the worker broke","x":${deep}}}`)),
  reports("`event: error` with an object", 'event: error\ndata: {"message":"the worker broke"}\n\n'),
  reports("`event: error` with words", "event: error\ndata: the worker broke\n\n"),
  reports("an `error:` line", 'error: {"message":"the worker broke"}\n\n'),
  {
    row: 75,
    fault: "an error as the first event",
    answer: (arrived) => whole(arrived, event({ error: { message: "bad prompt", code: 400 } }), done),
    expected: { code: "invalid-request", text: "", requests: 1, message: /bad prompt/ },
  },
  {
    row: 75,
    fault: "an error of overload as the first event",
    answer: (arrived) =>
      arrived.number === 1
        ? whole(arrived, event({ error: { message: "busy", code: 503 } }), done)
        : whole(arrived, chatStream("well again")),
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
    row: 77,
    fault: "keep-alives only: the idle limit is not passed, the total limit is",
    answer: (arrived) => {
      begin(arrived, soFar);
      every(10, arrived, () => arrived.socket.write(chunk(": keep-alive\n\n")));
    },
    timeout: { idleMs: 80, totalMs: 250 },
    hangs: true,
    expected: { code: "timeout", phase: "total", text: "so far", requests: 1 },
  },
  {
    row: 77,
    fault: "empty deltas only are no first token",
    answer: (arrived) => {
      arrived.socket.write(streamHead);
      every(10, arrived, () => arrived.socket.write(chunk(event(delta("")))));
    },
    timeout: { firstTokenMs: 80 },
    hangs: true,
    expected: { code: "timeout", phase: "first-token", text: "", requests: 1 },
  },
  {
    row: 78,
    fault: "tokens for ever",
    answer: (arrived) => {
      begin(arrived);
      every(5, arrived, () => arrived.socket.write(chunk(event(delta("a")))));
    },
    timeout: { totalMs: 100 },
    hangs: true,
    expected: { code: "timeout", phase: "total", requests: 1 },
  },
  {
    row: 79,
    fault: "whole JSON where a stream was asked for",
    answer: ({ socket }) => socket.write(reply(chatReply("in one piece"))),
    expected: { text: "in one piece", requests: 1 },
  },
  {
    row: 79,
    fault: "nothing where a stream was asked for",
    answer: (arrived) => whole(arrived),
    expected: { code: ["protocol", "truncated"], text: "", requests: 2 },
  },
  {
    row: 79,
    fault: "HTML where a stream was asked for",
    answer: ({ socket }) => socket.write(reply("<html></html>", 200, { "content-type": "text/html" })),
    expected: { code: "protocol", text: "" },
  },
];
