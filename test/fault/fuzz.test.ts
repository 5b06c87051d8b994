import { expect, test } from "vitest";

import { fuzzFiles } from "./fuzz-files.ts";
import { fuzz } from "./fuzz.ts";

/** Each seed is tried for so many inputs; `npm run fuzz` tries others. */
const seeds: readonly (readonly [seed: number, inputs: number])[] = [[20_261_125, 10_000]];

test.each(seeds)("seed %i: cutting changes nothing, no error but ours, nothing hangs", (seed, inputs) => {
  const report = fuzz(seed, (tried) => tried < inputs);
  expect(report.broken).toEqual([]);
  expect(Object.values(report.inputs).every((count) => count >= inputs / 10)).toBe(true);
});

test.each(seeds)("seed %i: a damaged file of a model is a shape or an error of ours, soon", async (seed, inputs) => {
  const report = await fuzzFiles(seed, (tried) => tried < inputs / 4);
  expect(report.broken).toEqual([]);
  expect(Object.values(report.inputs).every((count) => count >= inputs / 20)).toBe(true);
});
