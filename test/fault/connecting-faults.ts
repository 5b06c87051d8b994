import { reply } from "../support/wire.ts";
import { begin, every, type Fault } from "./fault.ts";

/** Rows 3 to 21: before the first token. */
export const connectingFaults: readonly Fault[] = [
  {
    row: 3,
    fault: "accepted and reset",
    answer: ({ socket }) => socket.resetAndDestroy(),
    expected: { code: "reset", requests: 2 },
  },
  {
    row: 3,
    fault: "accepted and closed",
    answer: ({ socket }) => socket.destroy(),
    expected: { code: "reset", requests: 2 },
  },
  {
    row: 14,
    fault: "no headers",
    answer: () => undefined,
    timeout: { headersMs: 60 },
    hangs: true,
    expected: { code: "timeout", phase: "headers", requests: 1 },
  },
  {
    row: 15,
    fault: "headers trickle",
    answer: (arrived) => {
      arrived.socket.write("HTTP/1.1 200 OK\r\n");
      every(10, arrived, () => arrived.socket.write("x: 1\r\n"));
    },
    timeout: { headersMs: 60 },
    hangs: true,
    expected: { code: "timeout", phase: "headers", requests: 1 },
  },
  {
    row: 16,
    fault: "informational replies for ever",
    answer: (arrived) => every(5, arrived, () => arrived.socket.write("HTTP/1.1 103 Early Hints\r\n\r\n")),
    timeout: { headersMs: 60 },
    hangs: true,
    expected: { code: "timeout", phase: "headers", requests: 1 },
  },
  {
    row: 16,
    fault: "a reply of 100 that nobody asked for, which undici takes for none",
    answer: ({ socket }) => socket.write("HTTP/1.1 100 Continue\r\n\r\n"),
    expected: { code: "protocol", requests: 1, message: /100 Continue/ },
  },
  {
    row: 17,
    fault: "1 MiB of headers",
    answer: ({ socket }) => socket.write(reply("", 200, { "x-long": "a".repeat(1024 * 1024) })),
    expected: { code: "limit", requests: 1 },
  },
  {
    row: 19,
    fault: "headers, then closed",
    answer: (arrived) => {
      begin(arrived);
      arrived.socket.end();
    },
    expected: { code: ["reset", "truncated"], text: "", requests: 2 },
  },
  {
    row: 21,
    fault: "not an HTTP answer",
    answer: ({ socket }) => socket.end("220 mail.house.example ESMTP\r\n"),
    expected: { code: "protocol", requests: 1, message: /not an HTTP reply/ },
  },
];
