import fc from "fast-check";
import { expect, test } from "vitest";

import { fencedJson } from "../../src/core/fenced-json.ts";

test.each([
  ['{"a":1}', '{"a":1}'],
  [" \n[1, 2]", " \n[1, 2]"],
  ['```json\n{"a":1}\n```', '{"a":1}'],
  ['Here it is:\n```\n{"a":"```"}\n```\nWell?', '{"a":"```"}'],
  ["```json\n[1]\n```\n```json\n[2]\n```", "[1]"],
  ['```json\n{"a"', '{"a"'],
  ["I would rather not.", ""],
])("%j has %j, however it is cut", (answer, found) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: answer.length }), (lengths) => {
      const read = fencedJson();
      let at = 0;
      let text = "";
      for (const length of lengths) {
        text += read(answer.slice(at, at + length));
        at += length;
      }
      expect(text.trim()).toBe(found.trim());
    }),
  );
});
