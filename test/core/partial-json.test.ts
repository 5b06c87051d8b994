import { deepStrictEqual } from "node:assert/strict";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { partialJson } from "../../src/core/partial-json.ts";
import { partialReference } from "../support/partial-reference.ts";

/** JSON texts as models may write them: white space anywhere, any character escaped, keys that repeat or pollute. */
const { text: jsonText } = fc.letrec<{ text: string }>((tie) => {
  const string = fc
    .array(
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 3 }).map((plain) => JSON.stringify(plain).slice(1, -1)),
        fc.constantFrom(
          String.raw`\u00e4`,
          String.raw`\uD83d\uDe00`,
          String.raw`\ud83d`,
          "🙂",
          "東",
          String.raw`\/\b\f\n\r\t\"\\`,
        ),
      ),
      { maxLength: 4 },
    )
    .map((parts) => `"${parts.join("")}"`);
  const space = fc.constantFrom("", "", " ", "\n\t\r");
  const spaced = (inner: fc.Arbitrary<string>) => fc.tuple(space, inner, space).map((parts) => parts.join(""));
  const key = fc.oneof(string, fc.constantFrom('"a"', '"__proto__"', '"constructor"', '"7"'));
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.constantFrom("0", "-0", "1E+2", "-1.5e-3"),
  );
  const list = (inner: fc.Arbitrary<string>) => fc.array(inner, { maxLength: 4 }).map((items) => items.join(","));
  return {
    text: spaced(
      fc.oneof(
        { maxDepth: 4 },
        string,
        number,
        fc.constantFrom("true", "false", "null"),
        spaced(list(tie("text"))).map((inner) => `[${inner}]`),
        spaced(list(fc.tuple(spaced(key), tie("text")).map(([name, value]) => `${name}:${value}`))).map(
          (inner) => `{${inner}}`,
        ),
      ),
    ),
  };
});

const parse = (text: string): unknown =>
  JSON.parse(text, (key, value: unknown) => (key === "__proto__" ? undefined : value));

function readAll(pieces: readonly string[]): unknown {
  const reader = partialJson();
  for (const piece of pieces) reader.push(piece);
  return reader.end();
}

/** Cut in the middle of characters too. */
const unitsOf = (text: string): string[] => text.split("");

const afterPrefix = (text: string): unknown => {
  const reader = partialJson();
  reader.push(text);
  return reader.value;
};

test("an escape by number is told by a small u", () => {
  expect(() => readAll(['"\\U00e4"'])).toThrow(expect.objectContaining({ code: "schema" }));
  expect(readAll(['"\\u00E4"'])).toBe("ä");
});

describe("properties", () => {
  test("every prefix shows what the reference shows", () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const reader = partialJson();
        for (let end = 0; end < text.length; end += 1) {
          reader.push(text.charAt(end));
          deepStrictEqual(reader.value, partialReference(text.slice(0, end + 1)));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("the end is what JSON.parse says but for the key __proto__, however the text is cut", () => {
    fc.assert(
      fc.property(jsonText, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (text, lengths) => {
        const pieces: string[] = [];
        for (let at = 0, turn = 0; at < text.length; turn += 1) {
          const length = lengths[turn % lengths.length] ?? 1;
          pieces.push(text.slice(at, at + length));
          at += length;
        }
        deepStrictEqual(readAll(pieces), parse(text));
        deepStrictEqual(readAll([text]), parse(text));
      }),
      { numRuns: 500 },
    );
  });

  test("what JSON.parse refuses is refused with a typed error, and nothing else is", () => {
    const broken = fc.tuple(jsonText, fc.nat(), fc.string({ maxLength: 3 })).map(([text, place, other]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + other + text.slice(at + 1);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), broken), (text) => {
        let parsed: unknown;
        try {
          parsed = parse(text);
        } catch {
          expect(() => readAll(unitsOf(text))).toThrow(expect.objectContaining({ code: "schema" }));
          return;
        }
        deepStrictEqual(readAll(unitsOf(text)), parsed);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("the value", () => {
  test("is one object that grows", () => {
    const reader = partialJson();
    reader.push('{"items":[{"name":"A');
    const { value } = reader;
    expect(value).toEqual({ items: [{ name: "A" }] });
    reader.push('da"},{"na');
    expect(reader.value).toBe(value);
    expect(value).toEqual({ items: [{ name: "Ada" }, {}] });
  });

  test.each([
    ["", undefined],
    ['{"a"', {}],
    ['{"a":', {}],
    ['{"a":"', { a: "" }],
    ["[12", []],
    ["[12,", [12]],
    ["[tru", []],
    ["[true", [true]],
    ["12", undefined],
    ["12 ", 12],
    ['"a', "a"],
    [String.raw`["x\u00`, ["x"]],
    [String.raw`["x\ud83d`, ["x"]],
    [String.raw`["x\ud83d"`, ["x\ud83d"]],
    [String.raw`["x\ud83d\ude00`, ["x😀"]],
  ])("of %s", (text, value) => {
    expect(afterPrefix(text)).toEqual(value);
  });

  test("leaves the key __proto__ out, and what is under it", () => {
    const value = afterPrefix('{"__proto__":{"polluted":true,"x":[{}]},"a":{"__proto__":"x","b":1') as Record<
      string,
      unknown
    >;
    expect(value).toEqual({ a: {} });
    expect(Object.getPrototypeOf(Object.assign({}, value))).toBe(Object.prototype);
    expect(Object.hasOwn(value, "__proto__")).toBe(false);
  });
});

describe("errors", () => {
  test.each([
    ["Sure! {", 0, "a value"],
    ['{"a":1}x', 7, "nothing more"],
    ["[1,]", 3, "a value"],
    ['{"a":1,}', 7, "a key"],
    ["{a:1}", 1, "a key or }"],
    ['{"a" 1}', 5, "a colon"],
    ["[1}", 2, "a comma or the closing bracket"],
    ["[nul1]", 4, "null"],
    ["[01]", 3, "another number"],
    ['["\n"]', 2, "no control character"],
    [String.raw`["\x"]`, 3, "an escape"],
  ])("%s", (text, place, expected) => {
    const message = `The text is no JSON at character ${place}: expected ${expected}.`;
    expect(() => readAll([text])).toThrow(expect.objectContaining({ code: "schema", message }));
    expect(() => readAll(unitsOf(text))).toThrow(expect.objectContaining({ code: "schema", message }));
  });

  test("an unfinished text has no end", () => {
    for (const text of ["", '{"a":1', "[1", '"a', "-", "tru"]) {
      expect(() => readAll([text])).toThrow(expect.objectContaining({ code: "schema" }));
    }
  });

  test("one failure is for good, and what was read before stays", () => {
    const reader = partialJson();
    reader.push('{"a":1');
    expect(() => reader.push(",]")).toThrow(expect.objectContaining({ code: "schema" }));
    expect(() => reader.push('"b":2}')).toThrow(expect.objectContaining({ code: "schema" }));
    expect(() => reader.end()).toThrow(expect.objectContaining({ code: "schema" }));
    expect(reader.value).toEqual({ a: 1 });
  });

  test("deep nesting is a limit and no overflow", () => {
    expect(() => readAll(["[".repeat(100_000)])).toThrow(expect.objectContaining({ code: "limit" }));
    const deep = "[".repeat(256) + "]".repeat(256);
    expect(readAll([deep])).toEqual(JSON.parse(deep));
  });
});
