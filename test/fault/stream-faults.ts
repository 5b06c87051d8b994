import { chatStream, chunk, delta, event, finished, lastChunk, streamHead } from "../support/wire.ts";
import { begin, deep, pour, whole, type Fault } from "./fault.ts";

/** A stream that is odd and right: the answer is exact. */
const odd = (row: number, fault: string, text: string, ...pieces: readonly (string | Uint8Array)[]): Fault => ({
  row,
  fault,
  answer: (arrived) => whole(arrived, ...pieces),
  expected: { text, requests: 1 },
});

/** A stream that is wrong after its first token, which is not lost. */
const wrong = (row: number, fault: string, ...rest: readonly (string | Uint8Array)[]): Fault => ({
  row,
  fault,
  answer: (arrived) => whole(arrived, event(delta("so far")), ...rest),
  expected: { code: "protocol", text: "so far", requests: 1 },
});

const megabytes = event(delta("x".repeat(7 * 1024 * 1024)));
const polluting =
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"choices":[{"__proto__":{}}]}';
const end = event(finished()) + event("[DONE]");
const stream = chatStream("é🙂", "中");
const lines = (ending: string): string => stream.replaceAll("\n", ending);
const bytes = (text: string): readonly Uint8Array[] => Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte));

/** Rows 51 to 64: how streams are written. */
export const streamFaults: readonly Fault[] = [
  odd(51, "one byte a chunk", "é🙂中", ...bytes(stream)),
  {
    row: 51,
    fault: "one byte a packet",
    answer: async ({ socket }) => {
      const all = Buffer.concat([Buffer.from(streamHead), chunk(stream), Buffer.from(lastChunk)]);
      for (const byte of all) await new Promise((resolve) => socket.write(Uint8Array.of(byte), resolve));
    },
    expected: { text: "é🙂中", requests: 1, withinMs: 5_000 },
  },
  odd(52, "CRLF", "é🙂中", lines("\r\n")),
  odd(52, "lone carriage returns", "é🙂中", lines("\r")),
  odd(52, "CRLF cut between CR and LF", "é🙂中", ...lines("\r\n").split(/(?<=\r)/)),
  odd(52, "a byte order mark", "é🙂中", "\uFEFF", stream),
  odd(
    53,
    "data over many lines",
    "ab",
    `data: ${JSON.stringify(delta("ab"), null, 1).replaceAll("\n", "\ndata: ")}\n\n${end}`,
  ),
  odd(53, "no space after the colon", "é🙂中", stream.replaceAll("data: ", "data:")),
  odd(
    53,
    "comments, id, retry, event",
    "é🙂中",
    `: hi\nretry: 1\n\n${stream.replaceAll("data: ", "id: 1\nevent: chunk\n:\ndata: ")}`,
  ),
  odd(54, "no blank line at the end", "a", event(delta("a")), event(finished()).trimEnd()),
  odd(54, "no line feed after [DONE]", "a", event(delta("a")), event(finished()), "data: [DONE]"),
  odd(55, "NUL and control characters", "a\u0000\u001B[31m\u007F", chatStream("a\u0000", "\u001B[31m\u007F")),
  odd(55, "a surrogate pair over two tokens", "🙂", chatStream("\ud83d", "\ude42")),
  odd(56, "bytes that are no UTF-8", "a\uFFFD\uFFFDb", ...badBytes()),
  odd(57, "empty choices, null and missing deltas", "ab", oddities()),
  odd(57, "unknown fields and objects", "a", event({ object: "ping", x: { y: [1] } }), chatStream("a")),
  odd(57, "null for the first event, as llama-server sends it", "a", event("null"), chatStream("a")),
  wrong(58, "a number for an event", event(7), end),
  wrong(58, "a list for an event", event([1]), end),
  wrong(58, "a text for an event", event('"text"'), end),
  wrong(58, "an index that is none", event(delta("x", -1)), end),
  wrong(58, "half an index", event(delta("x", 0.5)), end),
  wrong(58, "an index out of range", event(delta("x", 1)), end),
  wrong(59, "a damaged line between good ones", 'data: {"choices":[{"ind\n\n', event(delta("lost?")), end),
  {
    row: 60,
    fault: "an event of 7 MiB in pieces of 1 KiB",
    answer: (arrived) => whole(arrived, ...(megabytes.match(/[^]{1,1024}/g) ?? []), end),
    expected: { text: "x".repeat(7 * 1024 * 1024), requests: 1, withinMs: 5_000 },
  },
  ...[`data: `, ":", "id: "].map((line): Fault => ({
    row: 61,
    fault: `an endless line that begins ${JSON.stringify(line)}`,
    answer: (arrived) => {
      begin(arrived, event(delta("so far")), line);
      pour(arrived, chunk("x".repeat(65_536)));
    },
    hangs: true,
    expected: { code: "limit", text: "so far", requests: 1 },
  })),
  {
    row: 61,
    fault: "data lines without end",
    answer: (arrived) => {
      begin(arrived, event(delta("so far")));
      pour(arrived, chunk("data: xxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(2_000)));
    },
    hangs: true,
    expected: { code: "limit", text: "so far", requests: 1 },
  },
  odd(62, "an event nested 200,000 deep", "a", event(`{"x":${deep},"choices":[]}`), chatStream("a")),
  {
    row: 62,
    fault: "an event nested 200,000 deep around a key that has to be dropped",
    answer: (arrived) => whole(arrived, event(delta("so far")), event(`{"__proto__":${deep}}`), end),
    expected: { code: "protocol", text: "so far", requests: 1, message: /nested too deep/ },
  },
  {
    row: 63,
    fault: "20,000 events at once",
    answer: (arrived) => whole(arrived, event(delta("a")).repeat(20_000), end),
    expected: { text: "a".repeat(20_000), requests: 1 },
  },
  odd(64, "keys that reach a prototype", "a", event(polluting), chatStream("a")),
];

function badBytes(): readonly Uint8Array[] {
  const [before = "", after = ""] = event(delta("a|b")).split("|");
  return [Buffer.concat([Buffer.from(before), Uint8Array.of(0xff, 0xc0), Buffer.from(after), Buffer.from(end)])];
}

function oddities(): string {
  return [
    { choices: [] },
    { choices: [null] },
    { choices: [{ index: 0, delta: null, finish_reason: null }] },
    { choices: [{ index: 0, finish_reason: null }] },
    { choices: [{ index: 0, delta: { role: "assistant", content: null }, finish_reason: "" }] },
    delta("a"),
    { choices: [{ index: 0, delta: { content: "" }, logprobs: null }] },
    { choices: [{ delta: { content: "b", tool_calls: null } }], usage: null },
  ]
    .map(event)
    .join("")
    .concat(end);
}
