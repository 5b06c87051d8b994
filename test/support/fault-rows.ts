import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../fault/", import.meta.url);

/** The numbers of the rows that each file of test/fault tries, as its tables and the names of its tests say. */
export function faultRows(): ReadonlyMap<string, ReadonlySet<number>> {
  const files = readdirSync(folder).filter((name) => /-faults\.ts$|\.test\.ts$/.test(name));
  return new Map(files.map((name) => [name, rowsOf(readFileSync(new URL(name, folder), "utf8"))]));
}

function rowsOf(source: string): ReadonlySet<number> {
  // A field of a table, the first argument of a function that makes an entry, the name of a test or of a group.
  const fields = source.matchAll(/\brow: (\d+)/g);
  const entries = source.matchAll(/\b(?:odd|wrong|ends|status|hinted|reports)\(\s*(\d+),/g);
  const names = source.matchAll(/["`]rows? (\d+(?:, \d+)*)/g);
  const numbers = [...fields, ...entries, ...names].flatMap(([, list = ""]) => list.split(", "));
  return new Set(numbers.map(Number));
}
