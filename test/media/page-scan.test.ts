import { expect, test } from "vitest";

import { isScan } from "../../src/media/page-scan.ts";

test.each([
  ["no text", "", true],
  ["the number of the page", "- 12 -", true],
  ["a line of dots", ". ".repeat(50), true],
  ["characters without a meaning", `abcdefghijklmno 123456 ${"\uE001\uFFFD".repeat(8)}`, true],
  ["a sentence", "The pump leaks at the shaft: change the seal.", false],
  ["a table of numbers", "50\t250\t1000\n12\t44\t3.1415\n990\t17\t8", false],
  ["a sentence without spaces", "水泵的轴封每运行一千小时应更换一次并检查油位", false],
])("%s", (_, text, expected) => {
  expect(isScan(text)).toBe(expected);
});
