import { expect, test } from "vitest";

import { fittingGrammar, fittingRegex } from "../../src/testing/fake-grammar.ts";

test.each([String.raw`\d{4}-\d\d`, "(yes|no)!?", "[^a-z]+", "a*b{2,}", String.raw`^\w+@\w+\.org$`, "x|yy|"])(
  "the text for /%s/ matches it",
  (pattern) => {
    expect(fittingRegex(pattern)).toMatch(new RegExp(`^(?:${pattern})$`, "u"));
  },
);

test.each([
  ['root ::= "yes" | "no"', "yes"],
  ['root ::= item ("," item)*\nitem ::= [0-9]+', "0"],
  ['root ::= "(" root ")" | "x"', "x"],
  ['root ::= list\nlist ::= "[" (list | "") "]"', "[]"],
  ['root ::= "a" root', undefined],
  ['root ::= ("a" | "b"){3} # three\n', "aaa"],
  [String.raw`root ::= "say \"hi\"" [\x41-\x5A]`, 'say "hi"A'],
  ["no rules", undefined],
])("the text for %j", (grammar, text) => {
  expect(fittingGrammar(grammar)).toBe(text);
});
