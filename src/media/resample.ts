/** Turns samples of one rate into samples of another, piece by piece. */
export interface Resampler {
  /** The samples that are ready after these. */
  push(samples: Float32Array): Float32Array;
  /** What is left at the end. */
  end(): Float32Array;
}

/** Half the length of the filter, in samples of the lower rate. */
const reach = 20;
/** Kaiser's window of 70 dB. */
const beta = 6.755;
/** The middle of the filter's slope, as a share of the lower rate: all of it ends where the lower rate can hold no more. */
const usualCutoff = 0.456;
const mostPhases = 1_024;

/**
 * A resampler of one channel by a windowed-sinc filter: to 16 kHz, tones up to 6.4 kHz stay as they are and those above 8.2 kHz are 70 dB
 * down, so that nothing folds back. The first sample stays the first. Rates are whole numbers of Hz. It keeps the filter's length (at
 * most 2,000 samples for 768 kHz) and what was pushed last, whatever the length of the sound.
 */
export function resampler(from: number, to: number): Resampler {
  if (from === to) return { push: (samples) => samples, end: () => new Float32Array(0) };
  const shared = greatestDivisor(from, to);
  const up = to / shared;
  const down = from / shared;
  const half = Math.ceil((reach * from) / Math.min(from, to));
  const taps = 2 * half;
  const phases = Math.min(up, mostPhases);
  const filters = filterBank(phases, half, usualCutoff * Math.min(1, to / from));

  // Place 0 of the buffer is sample `start` of the sound; before it there is silence.
  let buffer = new Float32Array(half - 1);
  let start = 1 - half;
  let received = 0;
  let made = 0;

  const ready = (count: number): Float32Array => {
    const samples = new Float32Array(Math.max(0, count - made));
    for (let index = 0; index < samples.length; index++, made++) {
      const position = made * down;
      let whole = Math.floor(position / up);
      let phase = Math.round(((position - whole * up) * phases) / up);
      if (phase === phases) [whole, phase] = [whole + 1, 0];
      const first = whole - half + 1 - start;
      const filter = phase * taps;
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += (buffer[first + tap] ?? 0) * (filters[filter + tap] ?? 0);
      samples[index] = sum;
    }
    // What the next sample does not need goes.
    const needed = Math.max(0, Math.min(buffer.length, Math.floor((made * down) / up) - half + 1 - start));
    buffer = buffer.slice(needed);
    start += needed;
    return samples;
  };

  const append = (samples: Float32Array): void => {
    const joined = new Float32Array(buffer.length + samples.length);
    joined.set(buffer);
    joined.set(samples, buffer.length);
    buffer = joined;
  };

  return {
    push(samples) {
      received += samples.length;
      append(samples);
      // The last sample whose filter reaches no further than what is there, one kept back for a phase that rounds up.
      return ready(Math.floor(((received - half - 1) * up) / down));
    },
    end() {
      append(new Float32Array(half + 1));
      return ready(Math.round((received * up) / down));
    },
  };
}

/** One filter for each place between two samples, one after the other. */
function filterBank(phases: number, half: number, cutoff: number): Float32Array {
  const taps = 2 * half;
  const bank = new Float32Array(phases * taps);
  for (let phase = 0; phase < phases; phase++) {
    const filter = bank.subarray(phase * taps, (phase + 1) * taps);
    let total = 0;
    for (let tap = 0; tap < taps; tap++) {
      const distance = tap - half + 1 - phase / phases;
      const weight = sinc(2 * cutoff * distance) * kaiser(distance / half);
      filter[tap] = weight;
      total += weight;
    }
    for (let tap = 0; tap < taps; tap++) filter[tap] = (filter[tap] ?? 0) / total; // what is even stays as loud as it is
  }
  return bank;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const kaiser = (x: number): number => (Math.abs(x) >= 1 ? 0 : bessel(beta * Math.sqrt(1 - x * x)) / bessel(beta));

/** The modified Bessel function of order 0. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
