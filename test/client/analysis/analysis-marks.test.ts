import { expect, test } from "vitest";

import { citationsIn, distinctSources, markOf, markTable } from "../../../src/client/analysis/analysis-marks.ts";
import type { AnalysisSource } from "../../../src/core/analysis-checkpoint.ts";

const page = (number: number): AnalysisSource => ({ page: number });
const time = (fromMs: number, toMs: number): AnalysisSource => ({ fromMs, toMs });

test.each<[readonly AnalysisSource[], string]>([
  [[page(3)], "page 3"],
  [[page(3), page(4), page(7)], "pages 3-7"],
  [[{ page: 3, part: 2 }], "part 2, page 3"],
  [[time(135_900, 150_000)], "02:15"],
  [[time(0, 30_000), time(3_735_000, 3_760_000)], "00:00-1:02:40"],
  [[{ fromLine: 5, toLine: 5 }], "line 5"],
  [[{ fromLine: 5, toLine: 9, part: 1 }], "part 1, lines 5-9"],
  [[{ part: 2 }], "picture 2"],
  [[{ part: 1 }, { part: 2 }], "pictures 1-2"],
  [
    [
      { page: 9, part: 1 },
      { page: 2, part: 3 },
    ],
    "parts 1-3",
  ],
])("%j is marked [%s]", (sources, mark) => {
  expect(markOf(sources)).toBe(mark);
});

const table = markTable([page(1), page(2), page(12), time(0, 30_000)].map((source) => [markOf([source]), [source]]));

test.each<[string, readonly AnalysisSource[], readonly string[]]>([
  ["As [page 2] says.", [page(2)], []],
  ["[Page 12] and [ page  1 ]", [page(1), page(12)], []],
  ["[page 1, page 2]", [page(1), page(2)], []],
  ["[page 1; page 3]", [page(1)], ["page 3"]],
  ["[page 1 and page 2]", [page(1), page(2)], []],
  ["at [00:00]", [time(0, 30_000)], []],
  ["at [00:07] and [1:00:00]", [], ["00:07", "1:00:00"]],
  ["[1] [x] [pages of gold] page 1", [], []],
  ["[page 1] [page 1]", [page(1)], []],
])("%s cites what was shown", (text, sources, unknown) => {
  expect(citationsIn(text, table)).toEqual({ sources, unknown });
});

test("a mark that stands for two places stands for both", () => {
  const twice = markTable([
    ["00:01", [time(1_000, 1_400)]],
    ["00:01", [time(1_500, 2_000)]],
  ]);
  expect(citationsIn("[00:01]", twice).sources).toEqual([time(1_000, 1_400), time(1_500, 2_000)]);
});

test("places come once each, in the order of the material", () => {
  const given = [
    { page: 2, part: 2 },
    { page: 9, part: 1 },
    { page: 2, part: 2 },
    { page: 1, part: 2 },
  ];
  expect(distinctSources(given)).toEqual([
    { page: 9, part: 1 },
    { page: 1, part: 2 },
    { page: 2, part: 2 },
  ]);
});
