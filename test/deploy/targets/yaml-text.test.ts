import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAllDocuments, parse } from "yaml";

import { commentText, noted, yamlText, type YamlValue } from "../../../src/deploy/targets/yaml-text.ts";

const leaf = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), fc.integer(), fc.boolean());
const key = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => text !== "__proto__");
const { tree } = fc.letrec<{ tree: YamlValue }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

test("what is written is read back as it was, whatever it holds", () => {
  fc.assert(
    fc.property(fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4, noNullPrototype: true }), (value) => {
      expect(parse(yamlText([value], ["head"]))).toEqual(value);
    }),
  );
});

test("words that YAML takes for something else stay strings, as keys and as values", () => {
  const value = { on: "off", no: "yes", null: "~", "1": "012", "a b": "- x", "x: y": "# z", date: "2026-01-01" };
  expect(parse(yamlText([value], []), { version: "1.1" })).toEqual(value);
});

test("several documents, with comments where they belong", () => {
  const text = yamlText(
    [{ list: [noted({ name: "a" }, "why a"), noted("b", "why b")] }, { x: noted({}, "empty") }],
    ["head"],
  );
  expect(text).toBe('# head\nlist:\n  # why a\n  - name: "a"\n  # why b\n  - "b"\n---\n# empty\nx: {}\n');
  expect(parseAllDocuments(text).map((document) => document.toJS() as unknown)).toEqual([
    { list: [{ name: "a" }, "b"] },
    { x: {} },
  ]);
});

test("no comment ends before its line does", () => {
  expect(commentText(["a\nb: c\r\u2028d\u0085e"])).toBe("# a b: c d e");
});
