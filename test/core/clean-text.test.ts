import fc from "fast-check";
import { expect, test } from "vitest";

import { cleanText } from "../../src/core/clean-text.ts";

test("control characters and bidirectional marks are blanked, white space is folded", () => {
  expect(cleanText("a\u0000b\r\nc\u001B[31m\u202Ed   e\u2066 ", 100)).toBe("a b c [31m d e");
});

test("what is too long is cut, and says so", () => {
  expect(cleanText("x".repeat(500), 10)).toBe(`${"x".repeat(10)}…`);
  expect(cleanText("x".repeat(10), 10)).toBe("x".repeat(10));
});

test("a secret is masked wherever it stands", () => {
  expect(cleanText("key sk-1 is wrong: sk-1", 100, ["sk-1"])).toBe("key *** is wrong: ***");
});

test("no piece of a secret of any use is left, wherever the text is cut", () => {
  const secret = "sk-0123456789abcdef";
  fc.assert(
    fc.property(
      fc.nat(500),
      fc.constantFrom(" ", "x", "\n", "\u0000"),
      fc.integer({ min: 1, max: 60 }),
      (before, fill, most) => {
        const text = cleanText(`${fill.repeat(before)}${secret} is wrong`, most, [secret]);
        expect(text).not.toContain(secret.slice(0, 8));
      },
    ),
    { numRuns: 3_000 },
  );
});
