import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { parseRegex } from "../../src/core/regex-parse.ts";
import { wholeText, writeRegex } from "../../src/core/regex-write.ts";
import { droppedOf } from "../../src/core/regex.ts";

const written = (pattern: string, reads: "json" | "text"): string => {
  const tree = parseRegex(pattern);
  return tree ? writeRegex(wholeText(tree), { reads, maxRepetition: 50 }) : "";
};
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Texts of characters that patterns and JSON are about. */
const texts = fc
  .array(fc.constantFrom(...Array.from('abxz019 -_.@:TZ"\\/\n\t\u0001\u2028éß語🐲{}[]()')), { maxLength: 8 })
  .map((parts) => parts.join(""));

const patterns = [
  "^a.*$",
  "b",
  "^[^x]+$",
  "^[\\s\\S]{2,4}$",
  "^\\w+\\s*$",
  "^(?!a)[a-z]+$",
  "^a|b$",
  "(^a|z$)",
  "^(a|b|)+$",
  '["\\\\]',
  "^[^\\p{L}]$",
  "^\\p{L}+$",
  "(a|b)\\1",
  "^(?<first>a)x?$",
  "^\\u{1F432}|\\ud83d\\udc32$",
  "\\bx\\b",
  "^.{0,3}$",
  "^\\S+@\\S+$",
  "^[\\d\\-.:TZ]*$",
  "^\\x01|\\t|\\n$",
  "",
];

describe("a regular expression for a server", () => {
  test.each(patterns)("matches all that %j matches, as text and as JSON", (pattern) => {
    const original = new RegExp(pattern, "u");
    const asText = new RegExp(written(pattern, "text"), "u");
    const asJson = new RegExp(written(pattern, "json"), "u");
    fc.assert(
      fc.property(texts, (text) => {
        if (!original.test(text)) return true;
        return asText.test(text) && asJson.test(inJson(text));
      }),
      { numRuns: 400 },
    );
  });

  test.each(["^[a-c]{3}$", "^a.b$", "^(a|bx)*$", "^\\d{2}:\\d{2}$", '^[^"]+$', "b"])(
    "matches no more than %j",
    (pattern) => {
      const original = new RegExp(pattern, "u");
      const asText = new RegExp(written(pattern, "text"), "u");
      fc.assert(
        fc.property(texts, (text) => asText.test(text) === original.test(text)),
        { numRuns: 400 },
      );
    },
  );

  test("lets no quote and no backslash into a JSON string", () => {
    for (const pattern of ["^.*$", "^[^a]*$", "\\S", "^[\\x00-\\x7f]*$"]) {
      const asJson = new RegExp(written(pattern, "json"), "u");
      for (const text of ['"', "\\", 'a"b', "b\\"]) expect(asJson.test(text), `${pattern} in ${text}`).toBe(false);
    }
  });

  test("says what was left out", () => {
    const of = (pattern: string): readonly string[] => droppedOf(wholeText(parseRegex(pattern) ?? { is: "start" }));
    expect(of("^(?=a)(?<!b)[a-z]+$")).toEqual(["look-around"]);
    expect(of("(a)\\1\\b")).toEqual(["a reference back", "a word boundary"]);
    expect(of("^x(a$|b)")).toEqual(["an anchor inside"]);
    expect(of("^[a-z]+$")).toEqual([]);
  });

  test("counts no further than the server does", () => {
    expect(written("^a{3,70}$", "text")).toBe("^a{3,}$");
    expect(written("^a{60}$", "text")).toBe("^a{50,}$");
  });
});
