/** Samples of one step of the search: 10 ms at 16 kHz. */
const stepSamples = 160;
/** Steps of the window that must be quiet: 150 ms, about a pause between two words. */
const windowSteps = 15;

/**
 * Where to cut a sound of 16 kHz so that no word is cut: the middle of the quietest 150 ms between two places, the last of several that are
 * equally quiet. A place is a number of samples, and the answer is a whole number of 10 ms from `from` on; `to` where the space is too short.
 */
export function quietestPlace(samples: Int16Array, from: number, to: number): number {
  const steps = Math.floor((to - from) / stepSamples);
  if (steps < windowSteps) return to;
  const loudness = new Float64Array(steps);
  for (let step = 0; step < steps; step++) {
    let sum = 0;
    for (let place = from + step * stepSamples, end = place + stepSamples; place < end; place++)
      sum += (samples[place] ?? 0) ** 2;
    loudness[step] = sum;
  }
  let window = 0;
  let least = Infinity;
  let last = 0;
  for (let step = 0; step < steps; step++) {
    window += (loudness[step] ?? 0) - (loudness[step - windowSteps] ?? 0); // whole numbers: the sum does not drift
    if (step < windowSteps - 1 || window > least) continue;
    least = window;
    last = step;
  }
  return from + (last + 1 - Math.floor(windowSteps / 2)) * stepSamples;
}
