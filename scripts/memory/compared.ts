import type { EstimateLine, MemoryEstimate } from "../../src/deploy.ts";

/** A row of a table, and by what part its farthest number is off. */
export interface Compared {
  readonly cells: readonly string[];
  readonly worst: number;
}

/** The bytes of some lines of an estimate. */
export const bytesOf = ({ lines }: MemoryEstimate, test: (line: EstimateLine) => boolean): number =>
  lines.reduce((sum, line) => sum + (test(line) ? line.bytes : 0), 0);

/** What an estimate says of the buffers that llama-server logs, and therefore Ollama too. */
export const bufferBytes = {
  weights: (estimate: MemoryEstimate) => bytesOf(estimate, ({ kind }) => kind === "weights"),
  rearranged: (estimate: MemoryEstimate) => bytesOf(estimate, ({ name }) => name.startsWith("weights rearranged")),
  cache: (estimate: MemoryEstimate) => bytesOf(estimate, ({ kind }) => kind === "cache"),
  compute: (estimate: MemoryEstimate) => bytesOf(estimate, ({ name }) => name === "compute buffer"),
  output: (estimate: MemoryEstimate) => bytesOf(estimate, ({ name }) => name === "output buffer"),
} as const;

/** What a server takes for a model: all but the lines of the program itself, which idles without one. */
export const bytesForModel = (estimate: MemoryEstimate): number =>
  bytesOf(estimate, ({ name }) => !/^the program|^Ollama's own/.test(name));

/** Compares pairs of an estimate and what is real, in bytes; `within` is what the server's own rounding may hide. */
export function compare(pairs: readonly (readonly [guess: number, real: number])[], within = 0): Compared {
  const errors = pairs.map(([guess, real]) =>
    real === 0 ? Number(guess > 0) : Math.max(0, Math.abs(guess - real) - within) / real,
  );
  return {
    cells: pairs.map(([guess, real]) => (guess === 0 && real === 0 ? "–" : `${mebibytes(guess)} / ${mebibytes(real)}`)),
    worst: Math.max(0, ...errors),
  };
}

export const mebibytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);

export const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
