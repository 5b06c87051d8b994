import { done, line, said } from "../support/ollama-wire.ts";
import type { Random } from "../support/random.ts";
import { chatStream, delta, event, finished } from "../support/wire.ts";

/** Of what a kind of input is made: pieces that mean something to its reader, to be strung together and damaged. */
export const pieces = {
  sse: [
    "data: x",
    "data:é🙂",
    "data",
    "event: error",
    "event",
    ":c",
    "id: 1",
    "retry: 9",
    "error: e",
    "zz",
    "\uFEFF",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "\r\r",
    "data: [DONE]\n\n",
    'data: {"a":1}\n\n',
  ],
  ndjson: ['{"a":1}', "\n", "\r\n", "\n\n", " ", '{"é":"🙂"}', "[1]", "null", "\uFEFF", "{", "}", '"', "\\"],
  chat: [
    event(delta("a")),
    event(delta("é🙂")),
    event(delta("<think>")),
    event(delta("</think>")),
    event(delta("b", 1)),
    event(finished()),
    event(finished("abort")),
    event("[DONE]"),
    event("null"),
    event(7),
    event('{"choices":'),
    ": c\n\n",
    event({ error: { message: "broken", code: 500 } }),
    "event: error\ndata: e\n\n",
    event({ choices: [{ index: -1 }] }),
    event({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }),
    chatStream("x"),
    '"__proto__"',
  ],
  lines: [
    said("a"),
    said("é🙂"),
    said("<think>t"),
    said("</think>"),
    done(),
    done("length"),
    done("load"),
    line({ error: "e" }),
    "\n",
    "null\n",
    "7\n",
    '{"message":',
    line({ message: null }),
    line({ message: { content: 7 } }),
    "{}",
  ],
  json: [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "\\u00e4",
    "\\ud83d",
    "\\u",
    "0",
    "-1.5e3",
    "1e999",
    "true",
    "nul",
    "\n",
    '"a"',
    '"__proto__":',
    '"constructor":',
    '{"a":[1,2,{"b":"c"}]}',
    "[[[[[[",
    "é🙂",
    "```json\n",
    "\n```",
    "\u0000",
  ],
  calls: [
    "<tool_call>",
    "</tool_call>",
    "[TOOL_CALLS]",
    "[ARGS]",
    "[f(a=1)]",
    "[f(",
    ")]",
    "```json\n",
    "```",
    "\n",
    " ",
    '{"name":"f","arguments":{}}',
    '{"name": "f", "parameters": {"a": "b"}}',
    '{"calls":[',
    "]}",
    "f",
    "{",
    "}",
    '"',
    "\\",
    "<|channel|>commentary to=functions.f <|message|>",
    "<|call|>",
    "<|end|>",
    "text",
    "é🙂",
    "'",
    "None",
    "<",
    "[",
    "(",
  ],
} as const;

/** A text of such pieces, damaged more often than not. */
export function textOf(from: readonly string[], random: Random): string {
  let text = "";
  for (let count = 1 + random.int(12); count > 0; count -= 1) text += random.pick(from);
  for (let damages = random.int(3); damages > 0; damages -= 1) text = damaged(text, random);
  return text;
}

function damaged(text: string, random: Random): string {
  const at = random.int(text.length + 1);
  const to = Math.min(text.length, at + 1 + random.int(4));
  if (random.chance(0.25)) return text.slice(0, at) + text.slice(to); // something is missing
  if (random.chance(0.33)) return text.slice(0, to) + text.slice(at); // something comes twice
  if (random.chance(0.5)) return text.slice(0, at) + String.fromCharCode(random.int(0x2_00)) + text.slice(at);
  return text.slice(0, at); // it is cut
}

/** The same bytes in pieces; characters are cut too. */
export function cutBytes(bytes: Uint8Array, random: Random): readonly Uint8Array[] {
  const cut: Uint8Array[] = [];
  const most = 1 + random.int(random.chance(0.5) ? 3 : 40);
  for (let at = 0; at < bytes.length;) {
    const length = random.int(most + 1); // an empty piece is a piece
    cut.push(bytes.subarray(at, at + length));
    at += length;
  }
  return cut;
}

/** The same text in pieces; surrogate pairs are cut too. */
export function cutText(text: string, random: Random): readonly string[] {
  const cut: string[] = [];
  const most = 1 + random.int(random.chance(0.5) ? 3 : 40);
  for (let at = 0; at < text.length;) {
    const length = 1 + random.int(most);
    cut.push(text.slice(at, at + length));
    at += length;
  }
  return cut;
}
