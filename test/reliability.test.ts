import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { faultRows } from "./support/fault-rows.ts";

/** The rows of docs/reliability.md: number, and the files of test/fault that it says try it. */
function promisedRows(): ReadonlyMap<number, readonly string[]> {
  const page = readFileSync(new URL("../docs/reliability.md", import.meta.url), "utf8");
  const rows = page.matchAll(/^\| +(\d+) \|.*\| (.*) \|$/gm);
  return new Map(
    [...rows].map(([, number, links = ""]) => [
      Number(number),
      Array.from(links.matchAll(/\.\.\/test\/fault\/([\w.-]+)/g), ([, file = ""]) => file),
    ]),
  );
}

test("every row of docs/reliability.md is tried where it says, and what is tried stands there", () => {
  const tried = new Map<number, string[]>();
  for (const [file, rows] of faultRows()) for (const row of rows) tried.set(row, [...(tried.get(row) ?? []), file]);
  const byNumber = (rows: ReadonlyMap<number, readonly string[]>) => [...rows].toSorted(([a], [b]) => a - b);
  expect(byNumber(promisedRows())).toEqual(byNumber(tried));
});
