/**
 * Says what the built package weighs, and fails where that is over a bound.
 *
 *     npm run size
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { allChunksBytes, distBytes, entryChunkBytes, programFilesBytes } from "./package-size.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be, and over what the script fails where that is more: machines are noisy. */
  readonly aim: number;
  readonly limit?: number;
}

/** What importing a file adds to the life of an empty process, in milliseconds: the difference of the medians. */
function importMs(file: string, runs = 15): number {
  const times: Record<"empty" | "full", number[]> = { empty: [], full: [] };
  for (let run = 0; run < runs; run += 1) {
    times.empty.push(processMs(""));
    times.full.push(processMs(`import ${JSON.stringify(`${root}dist/${file}`)}`));
  }
  return median(times.full) - median(times.empty);
}

function processMs(code: string): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - startedAt;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const figures: readonly Figure[] = [
  { what: "entry chunk, compressed", value: await entryChunkBytes(), unit: "bytes", aim: 15_000 },
  { what: "files of a program", value: programFilesBytes(), unit: "bytes", aim: 1_560_000 },
  { what: "import of the root", value: importMs("index.js"), unit: "ms", aim: 30, limit: 60 },
];

const grouped = (value: number): string => Math.round(value).toLocaleString("en");

for (const { what, value, unit, aim, limit = aim } of figures) {
  const bound = `at most ${grouped(aim)}${limit === aim ? "" : `, fails over ${grouped(limit)}`}`;
  console.log(
    `${what.padEnd(25)} ${grouped(value).padStart(8)} ${unit}  (${bound})${value > limit ? "  TOO MUCH" : ""}`,
  );
  if (value > limit) process.exitCode = 1;
}
const others = { "all files but source maps": distBytes(), "all chunks, compressed": await allChunksBytes() };
for (const [what, value] of Object.entries(others)) {
  console.log(`${what.padEnd(25)} ${grouped(value).padStart(8)} bytes`);
}
