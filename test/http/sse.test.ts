import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Frame } from "../../src/http/framing.ts";
import { sse } from "../../src/http/sse.ts";
import { cutAtEveryByte, framesOf, inPiecesOf } from "../support/framing.ts";
import { thrownBy } from "../support/loopback.ts";

const read = (...pieces: readonly (string | Uint8Array)[]): readonly Frame[] => framesOf(sse, pieces);
const dataOf = (text: string): readonly string[] => read(text).map(({ data }) => data);

describe("the standard", () => {
  test.each([
    ["\n", "line feeds"],
    ["\r\n", "CRLF"],
    ["\r", "lone carriage returns"],
  ])("line endings %j (%s)", (end) => {
    expect(dataOf(`data: a${end}${end}data: b${end}data: c${end}${end}`)).toEqual(["a", "b\nc"]);
  });

  test("line endings may be mixed", () => {
    expect(dataOf("data: a\r\n\ndata: b\r\r\ndata: c\n\r\n")).toEqual(["a", "b", "c"]);
  });

  test("one space after the colon is no part of the data, a second one is", () => {
    expect(dataOf("data:a\n\ndata: a\n\ndata:  a\n\n")).toEqual(["a", "a", " a"]);
  });

  test("data over many lines is joined by line feeds", () => {
    expect(dataOf("data: {\ndata: }\n\ndata\ndata\n\n")).toEqual(["{\n}", "\n"]);
  });

  test("comments, id, retry and fields that nobody knows say nothing", () => {
    expect(dataOf(": keep-alive\n\n:\nid: 1\nretry: 10\nx-y: z\ndata: a\n\nretry: soon\n\n")).toEqual(["a"]);
  });

  test("an event's name comes with it, and only with it", () => {
    expect(read("event: error\ndata: a\n\ndata: b\n\n")).toEqual([{ data: "a", event: "error" }, { data: "b" }]);
  });

  test("an event without data is none", () => {
    expect(read("event: ping\n\ndata: a\n\n")).toEqual([{ data: "a" }]);
  });

  test("a byte order mark at the beginning is skipped", () => {
    expect(read(Buffer.from([0xef, 0xbb, 0xbf]), "data: a\n\n")).toEqual([{ data: "a" }]);
    expect(read("\uFEFFdata: a\n\n")).toEqual([{ data: "a" }]);
  });

  test("a byte order mark inside the data is text", () => {
    expect(dataOf("data: a\uFEFFb\n\n")).toEqual(["a\uFEFFb"]);
  });
});

describe("what servers do beside the standard", () => {
  test("a missing last blank line, or line feed, loses nothing", () => {
    for (const end of ["", "\n", "\r", "\r\n"]) expect(dataOf(`data: a\n\ndata: b${end}`)).toEqual(["a", "b"]);
  });

  test("a line `error: …` is an error event", () => {
    expect(read('data: a\n\nerror: {"message":"out of memory"}\n\n')).toEqual([
      { data: "a" },
      { data: '{"message":"out of memory"}', event: "error" },
    ]);
  });

  test("an empty body is no event", () => {
    expect(read()).toEqual([]);
    expect(read("\n\n\n")).toEqual([]);
  });
});

describe("pieces", () => {
  const text = `\uFEFF: hi\r\n\r\ndata: {"a":"é🙂"}\r\n\r\nevent: error\rdata: x\r\rid: 3\ndata: two\ndata: 中\n\nerror: e\n\ndata: end`;

  test("a body cut in two at any byte gives the same events", () => {
    const whole = read(text);
    expect(whole).toHaveLength(5);
    for (const pieces of cutAtEveryByte(text)) expect(read(...pieces)).toEqual(whole);
  });

  test("a body that comes byte by byte gives the same events", () => {
    expect(read(...inPiecesOf(1, text))).toEqual(read(text));
  });

  test("an event is there as soon as its blank line is", () => {
    const framing = sse();
    expect(framing.feed(Buffer.from("data: a\n"))).toEqual([]);
    expect(framing.feed(Buffer.from("\n"))).toEqual([{ data: "a" }]);
  });

  test("cutting never changes what random bodies mean", () => {
    const lines = fc.array(
      fc.constantFrom("data: x", "data:é🙂", "data", "event: error", "event", ":c", "id: 1", "error: e", "", "", "zz"),
      { maxLength: 12 },
    );
    const ending = fc.constantFrom("\n", "\r\n", "\r");
    fc.assert(
      fc.property(lines, ending, fc.array(fc.nat(40), { maxLength: 30 }), (body, end, sizes) => {
        const bytes = Buffer.from(body.join(end));
        expect(read(...inPiecesOf(sizes, bytes))).toEqual(read(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  test("random bytes never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(9), { maxLength: 9 }), (bytes, sizes) => {
        expect(read(...inPiecesOf(sizes, bytes))).toEqual(read(bytes));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("limits", () => {
  test("an event that is too long: limit, after the events before it", () => {
    const framing = sse(100);
    expect(framing.feed(Buffer.from(`data: before\n\ndata: ${"x".repeat(200)}`))).toEqual([{ data: "before" }]);
    expect(thrownBy(() => framing.feed(Buffer.from("more")))).toMatchObject({ code: "limit", retryable: false });
  });

  test("an event that grows too long while the body ends: limit, not a shorter event", () => {
    const framing = sse(100);
    expect(framing.feed(Buffer.from(`data: before\n\ndata: ${"x".repeat(200)}`))).toHaveLength(1);
    expect(thrownBy(() => framing.end()).code).toBe("limit");
  });

  test.each([
    ["one line without an end", "data: xxxxxxxxxx"],
    ["one comment without an end", ":xxxxxxxxxxxxxx"],
    ["data lines without a blank one", "data: xxxxxxxx\n"],
  ])("%s is cut at the limit, with the memory it holds", (_, piece) => {
    const framing = sse(1_000);
    let fed = 0;
    const error = thrownBy(() => {
      for (; fed < 100_000; fed += 1) framing.feed(Buffer.from(fed === 0 ? piece : piece.slice(-15)));
    });
    expect(error.code).toBe("limit");
    expect(fed).toBeLessThan(200);
  });

  test("comments for ever are no event, and no limit is passed", () => {
    const framing = sse(100);
    for (let sent = 0; sent < 1_000; sent += 1) expect(framing.feed(Buffer.from(": keep-alive\n\n"))).toEqual([]);
  });

  test("an event of 7 MiB in pieces of 1 KiB takes linear time", () => {
    const data = "x".repeat(7 * 1024 * 1024);
    const startedAt = performance.now();
    expect(framesOf(sse, inPiecesOf(1_024, `data: ${data}\n\n`))[0]?.data).toHaveLength(data.length);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  test("an event of 1 MiB byte by byte takes linear time", () => {
    const before = process.cpuUsage(); // of this process: what else the machine does is not asked
    const pieces = inPiecesOf(1, `data: ${"x".repeat(1024 * 1024)}\n\n`);
    expect(framesOf(sse, pieces)[0]?.data).toHaveLength(1024 * 1024);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(4_000);
  });
});
