import type { ErrorCode } from "../../src/core/error-codes.ts";
import { chunk, reply } from "../support/wire.ts";
import { deep, pour, replies, type Fault } from "./fault.ts";

/** A status with OpenAI's form of an error. */
const status = (
  row: number,
  number: number,
  code: ErrorCode,
  requests: number,
  words = "The server's own words.",
): Fault => ({
  row,
  fault: `status ${number}`,
  answer: ({ socket }) => socket.write(reply(JSON.stringify({ error: { message: words } }), number)),
  expected: { code, requests, message: new RegExp(words) },
});

/** A reply with a hint when to come again; the second try finds the server well. */
const hinted = (row: number, fault: string, headers: Record<string, string>, expected: Fault["expected"]): Fault => ({
  row,
  fault,
  call: "chat",
  answer: ({ socket, number }) => socket.write(number === 1 ? reply("", 429, headers) : reply(answer)),
  expected,
});
/** In the form of either protocol. */
const message = { role: "assistant", content: "well again" };
const answer = JSON.stringify({
  model: "m",
  choices: [{ index: 0, message, finish_reason: "stop" }],
  message,
  done: true,
  done_reason: "stop",
});
const wellAgain = { text: "well again", requests: 2 };

/** Rows 22 to 39. */
export const statusFaults: readonly Fault[] = [
  status(22, 400, "invalid-request", 1),
  status(22, 422, "invalid-request", 1),
  {
    row: 22,
    fault: "400 with words without end, control characters and marks that turn the line",
    answer: replies(JSON.stringify({ error: { message: "\u001B[31m\u202Ebad\r\n".repeat(10_000) } }), 400),
    expected: { code: "invalid-request", requests: 1, message: /^.{100,500}$/ },
  },
  {
    row: 62,
    fault: "400 with an error nested 200,000 deep",
    answer: replies(`{"detail":${deep.slice(170_000, -170_000)}}`, 400),
    expected: { code: "invalid-request", requests: 1 },
  },
  status(23, 401, "auth", 1),
  {
    row: 23,
    fault: "401 that repeats the key",
    answer: replies('{"error":{"message":"Incorrect API key provided: sk-secret-1."}}', 401),
    expected: { code: "auth", requests: 1, message: /provided: \*\*\*\.$/ },
  },
  status(23, 403, "forbidden", 1),
  status(24, 404, "not-found", 1),
  status(25, 408, "timeout", 2),
  status(25, 504, "timeout", 2),
  status(26, 409, "invalid-request", 1),
  status(27, 413, "too-large", 1),
  hinted(28, "429 with Retry-After in milliseconds", { "retry-after-ms": "30" }, wellAgain),
  hinted(28, "429 with Retry-After in seconds", { "retry-after": "0.03" }, wellAgain),
  hinted(28, "429 with Retry-After as a date that is now", { "retry-after": new Date().toUTCString() }, wellAgain),
  hinted(
    29,
    "429 with a hint of an hour",
    { "retry-after": "3600" },
    {
      code: "rate-limit",
      requests: 1,
      retryAfterMs: 3_600_000,
      withinMs: 2_000,
    },
  ),
  hinted(30, "429 with a hint that is no number", { "retry-after": "a while" }, wellAgain),
  hinted(30, "429 with a negative hint", { "retry-after": "-1" }, wellAgain),
  hinted(30, "429 with an overflowing hint", { "retry-after": "1e99" }, wellAgain),
  status(31, 500, "server", 2),
  status(32, 502, "overloaded", 2),
  status(32, 529, "overloaded", 2),
  status(33, 503, "overloaded", 2, "Service is busy"),
  {
    ...status(34, 503, "not-ready", 1, "Loading model"),
    only: ["llamacpp", "openaiCompatible"],
    timeout: { readyMs: 150 },
    // One request is the call's own, the others ask the server how it is.
    expected: { code: "not-ready", message: /Loading model/, withinMs: 3_000 },
  },
  {
    row: 34,
    fault: "503 while the model loads, then an answer",
    only: ["llamacpp", "openaiCompatible"],
    call: "chat",
    answer: ({ socket, number }) =>
      socket.write(number < 4 ? reply('{"error":{"message":"Loading model"}}', 503) : reply(answer)),
    expected: { text: "well again" },
  },
  {
    row: 35,
    fault: "502 with an HTML page",
    answer: ({ socket }) =>
      socket.write(reply("<!doctype html><h1>Bad gateway</h1>", 502, { "content-type": "text/html" })),
    expected: { code: "overloaded", requests: 2, message: /with an HTML page, probably from a proxy\.?$/ },
  },
  {
    row: 36,
    fault: "500 with a body that stalls",
    maxRetries: 0,
    answer: ({ socket }) => socket.write(reply("so far", 500, { "content-length": "1000" })),
    hangs: true,
    expected: { code: "server", requests: 1, message: /so far/ },
  },
  {
    row: 36,
    fault: "500 with a body that never ends",
    answer: (arrived) => {
      arrived.socket.write("HTTP/1.1 500 Broken\r\ntransfer-encoding: chunked\r\n\r\n");
      pour(arrived, chunk("x".repeat(65_536)));
    },
    hangs: true,
    expected: { code: "server", requests: 2, withinMs: 3_000 },
  },
  {
    row: 37,
    fault: "307 to the same origin",
    answer: ({ socket }) => socket.write(reply("", 307, { location: "/elsewhere" })),
    expected: { code: "redirect", requests: 1 },
  },
  {
    row: 38,
    fault: "308 to the address of cloud metadata",
    answer: ({ socket }) => socket.write(reply("", 308, { location: "http://169.254.169.254/latest" })),
    expected: { code: "redirect", requests: 1, message: /to http:\/\/169\.254\.169\.254\.$/, withinMs: 2_000 },
  },
  {
    row: 38,
    fault: "302 to a file",
    answer: ({ socket }) => socket.write(reply("", 302, { location: "file:///etc/passwd" })),
    expected: { code: "redirect", requests: 1 },
  },
  {
    row: 39,
    fault: "a redirect to itself",
    answer: ({ socket, head }) => socket.write(reply("", 301, { location: head.split(" ")[1] ?? "" })),
    expected: { code: "redirect", requests: 1 },
  },
];
