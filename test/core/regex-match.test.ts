import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { regexMatcher } from "../../src/core/regex-match.ts";
import { regexTree } from "../../src/core/regex-tree.ts";
import { thrownBy } from "../support/loopback.ts";

const matcher = (pattern: string) => regexMatcher("output", regexTree("output", pattern, "exact"));
const texts = fc
  .array(fc.constantFrom(...Array.from("abcx01 -_é語🐲\n")), { maxLength: 7 })
  .map((parts) => parts.join(""));

describe("matching a whole text", () => {
  test.each([
    "a",
    "^a",
    "a|bc",
    "(a|b)*c?",
    "[^a-c]+",
    "\\w{2,3}\\s?",
    "\\p{L}+",
    "[^\\p{L}\\d]*",
    "(a{0,2}b){2}",
    ".+",
    "",
    "(|a)+x",
    "🐲{2}",
  ])("agrees with JavaScript on %j", (pattern) => {
    const matches = matcher(pattern);
    const original = new RegExp(`^(?:${pattern})$`, "u");
    fc.assert(
      fc.property(texts, (text) => matches(text) === original.test(text)),
      { numRuns: 400 },
    );
  });

  test("takes no time to speak of where JavaScript's engine takes for ever", () => {
    const text = `${"a".repeat(5_000)}!`;
    expect(matcher("(a+)+b")(text)).toBe(false);
    expect(matcher("(a|a)*(a|aa)*")(text)).toBe(false);
  });

  test.each([
    ["(?=a)b", "look-around cannot be enforced"],
    ["(a)\\1", "a reference back cannot be enforced"],
    ["\\ba", "a word boundary cannot be enforced"],
    ["a(^b|c)", "an anchor inside cannot be enforced"],
    ["(a", "is no regular expression"],
    ["(a{1,500}){1,500}", "more than 10000 steps"],
  ])("%s is refused", (pattern, message) => {
    const error = thrownBy(() => matcher(pattern));
    expect(error).toMatchObject({ code: "invalid-request" });
    expect(error.message).toContain(message);
  });

  test("a text of more than 100,000 characters is over a limit", () => {
    expect(thrownBy(() => matcher("a*")("a".repeat(100_001))).code).toBe("limit");
  });
});
