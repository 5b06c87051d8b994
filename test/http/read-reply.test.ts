import { describe, expect, test } from "vitest";

import { InhouseError } from "../../src/core/error.ts";
import type { Framing } from "../../src/http/framing.ts";
import { isObject } from "../../src/http/json.ts";
import { ndjson } from "../../src/http/ndjson.ts";
import { replyReader } from "../../src/http/read-reply.ts";
import { sse } from "../../src/http/sse.ts";
import { wholeBody } from "../../src/http/whole-body.ts";
import type { Decoder } from "../../src/http/wire-request.ts";

/** Reads `{ text }`, and is complete at `{ done: true }`. */
function textDecoder(): Decoder {
  let complete = false;
  return {
    get complete() {
      return complete;
    },
    value(value, batch) {
      const { text, done } = value as { readonly text?: string; readonly done?: boolean };
      if (text) batch.push({ type: "text-delta", choice: 0, text });
      if (done) complete = true;
    },
    end(batch) {
      if (!complete) throw new InhouseError("truncated", "Not done.");
      batch.push({ type: "finish", finishReasons: ["stop"] });
    },
  };
}

/** What reading these pieces, and then their end, comes to. */
function read(
  framing: () => Framing,
  pieces: readonly string[],
  more: { secrets?: string[]; includeRaw?: boolean } = {},
) {
  const wire = {
    path: "/",
    body: {},
    framing,
    decoder: textDecoder(),
    warnings: [],
    model: undefined,
    includeRaw: more.includeRaw ?? false,
  };
  const reader = replyReader(wire, framing(), more.secrets ?? []);
  const steps = [];
  for (const piece of pieces) {
    const step = reader.feed(Buffer.from(piece));
    steps.push(step);
    if (step.over) break;
  }
  if (!steps.at(-1)?.over) steps.push(reader.end());
  const last = steps.at(-1);
  const text = steps
    .flatMap(({ batch }) => batch.map((event) => (event.type === "text-delta" ? event.text : "")))
    .join("");
  return { text, events: steps.flatMap(({ batch }) => batch), code: last?.failure?.code, last, begun: reader.begun() };
}

describe("NDJSON", () => {
  test("lines are values; what follows the end is of no interest", () => {
    const { text, code, last } = read(ndjson, ['{"text":"a"}\n{"te', 'xt":"b"}\n{"done":true}\n{broken']);
    expect([text, code, last?.over]).toEqual(["ab", undefined, true]);
  });

  test("a damaged line between good ones is protocol, after what came before it, and never skipped", () => {
    expect(read(ndjson, ['{"text":"a"}\n{"text":\n{"text":"c"}\n{"done":true}\n'])).toMatchObject({
      text: "a",
      code: "protocol",
    });
  });

  test("half a line at the end is truncated, once content has come; before, it is no JSON", () => {
    expect(read(ndjson, ['{"text":"a"}\n', '{"text":"b'])).toMatchObject({ text: "a", code: "truncated" });
    expect(read(ndjson, ['{"text":"b'])).toMatchObject({ text: "", code: "protocol" });
  });

  test("a whole line at the end needs no line feed", () => {
    expect(read(ndjson, ['{"text":"a"}\n{"done":true}'])).toMatchObject({ text: "a", code: undefined });
  });

  test("a line that is too long is limit, and what came before it is not lost", () => {
    const short = () => ndjson(50);
    expect(read(short, [`{"text":"a"}\n{"text":"${"x".repeat(90)}`, "more"])).toMatchObject({
      text: "a",
      code: "limit",
    });
  });
});

describe("a report inside a reply", () => {
  test.each([
    ["NDJSON", ndjson, '{"text":"a"}\n{"error":"out of memory"}\n{"done":true}\n'],
    ["an event", sse, 'data: {"text":"a"}\n\ndata: {"error":{"message":"out of memory"}}\n\ndata: [DONE]\n\n'],
    ["an error event", sse, 'data: {"text":"a"}\n\nevent: error\ndata: out of memory\n\n'],
    ["an error line", sse, 'data: {"text":"a"}\n\nerror: {"message":"out of memory"}\n\n'],
  ])("%s ends it, with the content before it", (_, framing, body) => {
    const { text, last, begun } = read(framing, [body]);
    expect([text, last?.over, begun]).toEqual(["a", true, true]);
    expect(isObject(last?.report)).toBe(true);
    expect(JSON.stringify(last?.report)).toContain("out of memory");
  });

  test.each(["null", "false", '""'])("error: %s reports nothing", (empty) => {
    expect(read(ndjson, [`{"text":"a","error":${empty}}\n{"done":true}\n`])).toMatchObject({
      text: "a",
      code: undefined,
    });
  });
});

test("a mistake in a decoder is protocol, and not a TypeError of the library's", () => {
  const { code, last } = read(wholeBody, ["null"]);
  expect(code).toBe("protocol");
  expect(last?.failure?.cause).toBeInstanceOf(TypeError);
});

test("raw values come before what was read from them, and [DONE] is none", () => {
  const { events } = read(sse, ['data: {"text":"a","done":true}\n\ndata: [DONE]\n\n'], { includeRaw: true });
  expect(events.map(({ type }) => type)).toEqual(["raw", "text-delta", "finish"]);
});

test("a secret in what is no JSON is not repeated, nor in the cause", () => {
  const { last } = read(ndjson, ["wrong key sk-secret-1\n"], { secrets: ["sk-secret-1"] });
  expect(last?.failure?.message).toContain("wrong key ***");
  expect(`${String(last?.failure?.stack)} ${String(last?.failure?.cause)}`).not.toContain("sk-secret-1");
});
