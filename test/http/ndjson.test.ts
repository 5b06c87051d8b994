import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ndjson } from "../../src/http/ndjson.ts";
import { cutAtEveryByte, framesOf, inPiecesOf } from "../support/framing.ts";
import { thrownBy } from "../support/loopback.ts";

const read = (pieces: readonly (string | Uint8Array)[]): readonly string[] =>
  framesOf(() => ndjson(), pieces).map(({ data }) => data);

test("one value a line; CRLF and blank lines say nothing", () => {
  expect(read(['{"a":1}\n\n \r\n{"b":2}\r\n{"c":3}\n'])).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
});

test("the last line needs no line feed", () => {
  expect(read(['{"a":1}\n{"done":true}'])).toEqual(['{"a":1}', '{"done":true}']);
});

test("a line is there as soon as its line feed is", () => {
  const framing = ndjson();
  expect(framing.feed(Buffer.from('{"a":1}'))).toEqual([]);
  expect(framing.feed(Buffer.from("\n{"))).toEqual([{ data: '{"a":1}' }]);
});

test("a byte order mark at the beginning is skipped, one in the text is text", () => {
  expect(read(['\uFEFF{"a":"\uFEFF"}\n'])).toEqual(['{"a":"\uFEFF"}']);
  expect(read(["", "\uFEFF", '{"a":1}\n'])).toEqual(['{"a":1}']);
});

test("a damaged line is handed on, and not skipped: what it was is for the reader of JSON to say", () => {
  expect(read(['{"a":1}\n{"b":\n{"c":3}\n'])).toEqual(['{"a":1}', '{"b":', '{"c":3}']);
});

describe("pieces", () => {
  test("a body cut in two at any byte gives the same lines", () => {
    const text = '\uFEFF{"a":"é🙂"}\r\n\n{"b":"中文"}\n{"c":1}';
    const whole = read([text]);
    expect(whole).toHaveLength(3);
    for (const pieces of cutAtEveryByte(text)) expect(read(pieces)).toEqual(whole);
  });

  test("cutting never changes what random bodies mean", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.json(), fc.constantFrom("", "é🙂", "{", "\uFEFF")), { maxLength: 8 }),
        fc.constantFrom("\n", "\r\n"),
        fc.array(fc.nat(20), { maxLength: 30 }),
        (lines, end, sizes) => {
          const bytes = Buffer.from(lines.join(end));
          expect(read(inPiecesOf(sizes, bytes))).toEqual(read([bytes]));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("limits", () => {
  test("a line that is too long: limit, after the lines before it", () => {
    const framing = ndjson(100);
    expect(framing.feed(Buffer.from(`{"a":1}\n${"x".repeat(200)}`))).toEqual([{ data: '{"a":1}' }]);
    expect(thrownBy(() => framing.feed(Buffer.from("more"))).code).toBe("limit");
  });

  test("a whole line that is too long is refused too", () => {
    expect(thrownBy(() => ndjson(100).feed(Buffer.from(`${"x".repeat(200)}\n`))).code).toBe("limit");
  });

  test("an endless line is cut at the limit", () => {
    const framing = ndjson(1_000);
    let fed = 0;
    expect(
      thrownBy(() => {
        for (; fed < 100_000; fed += 1) framing.feed(Buffer.from("0123456789"));
      }).code,
    ).toBe("limit");
    expect(fed).toBeLessThan(110);
  });

  test("a line of 7 MiB in pieces of 1 KiB takes linear time", () => {
    const startedAt = performance.now();
    expect(read(inPiecesOf(1_024, `${"x".repeat(7 * 1024 * 1024)}\n`))[0]).toHaveLength(7 * 1024 * 1024);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
