import { expect, test } from "vitest";

import { resampler } from "../../src/media/resample.ts";
import { loudnessOf } from "../support/recordings.ts";

const tone = (hertz: number, sampleRate: number, seconds = 1): Float32Array =>
  Float32Array.from(
    { length: seconds * sampleRate },
    (_, index) => 0.5 * Math.sin((2 * Math.PI * hertz * index) / sampleRate),
  );

function resampled(samples: Float32Array, from: number, step = 10_000): Float32Array {
  const { push, end } = resampler(from, 16_000);
  const made: number[] = [];
  for (let place = 0; place < samples.length; place += step) made.push(...push(samples.subarray(place, place + step)));
  return Float32Array.from([...made, ...end()]);
}

/** Without its ends, where the filter meets silence. */
const inner = (samples: Float32Array): Float32Array => samples.subarray(1_000, -1_000);

test.each([8_000, 11_025, 12_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 47_999])(
  "a tone of 1 kHz at %i Hz stays what it is, and where it is",
  (rate) => {
    const made = resampled(tone(1_000, rate), rate);
    expect(made).toHaveLength(16_000);
    const wanted = tone(1_000, 16_000);
    const worst = inner(made).reduce(
      (most, value, index) => Math.max(most, Math.abs(value - (inner(wanted)[index] ?? 0))),
      0,
    );
    expect(worst).toBeLessThan(0.002); // half a percent
  },
);

test.each([
  [9_000, 48_000],
  [12_000, 44_100],
  [15_000, 48_000],
  [23_000, 48_000],
])("a tone of %i Hz at %i Hz, which 16 kHz cannot hold, does not fold back", (hertz, rate) => {
  const made = resampled(tone(hertz, rate), rate);
  const loudest = inner(made).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(loudest).toBeLessThan(0.5 * 10 ** (-60 / 20)); // 60 dB
});

test("speech up to 6 kHz stays", () => {
  for (const hertz of [100, 3_000, 6_000]) {
    expect(loudnessOf(inner(resampled(tone(hertz, 44_100), 44_100)), 16_000, hertz)).toBeCloseTo(0.5, 2);
  }
});

test.each([1, 7, 480, 44_100])("pieces of %i samples give what one piece gives", (step) => {
  const samples = tone(440, 44_100, 0.2);
  expect(resampled(samples, 44_100, step)).toEqual(resampled(samples, 44_100, samples.length));
});

test("what has the rate already is left as it is", () => {
  const samples = tone(440, 16_000, 0.1);
  expect(resampled(samples, 16_000)).toEqual(samples);
});
