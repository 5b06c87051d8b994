import { expect, test } from "vitest";

import { quietestPlace } from "../../src/media/silences.ts";
import { soundOf } from "../support/recordings.ts";

const voice = (second: number): number => 0.3 * Math.sin(2 * Math.PI * 200 * second);

test("the cut is in the middle of a pause between words", () => {
  const samples = soundOf(4, (second) => (second > 2 && second < 2.3 ? 0.001 : 1) * voice(second));
  const cut = quietestPlace(samples, 16_000, 64_000) / 16_000;
  expect(cut).toBeGreaterThan(2.05);
  expect(cut).toBeLessThan(2.25);
});

test("a short break inside of a word is no pause", () => {
  const isPause = (second: number): boolean => (second > 1 && second < 1.03) || (second > 3 && second < 3.2);
  const samples = soundOf(4, (second) => (isPause(second) ? 0.01 : 1) * voice(second));
  const cut = quietestPlace(samples, 0, 64_000) / 16_000;
  expect(cut).toBeGreaterThan(3);
  expect(cut).toBeLessThan(3.2);
});

test("of equal pauses the last is taken, and of nothing but silence the end of it", () => {
  const samples = soundOf(4, (second) => (second % 1 > 0.5 ? 0 : voice(second)));
  expect(quietestPlace(samples, 0, 50_000) / 16_000).toBeCloseTo(2.92, 1);
  expect(quietestPlace(new Int16Array(64_000), 16_000, 63_999)).toBeGreaterThan(62_000);
});

test("where there is no room to search, the cut is at the end", () => {
  expect(quietestPlace(soundOf(1, voice), 15_000, 16_000)).toBe(16_000);
});
