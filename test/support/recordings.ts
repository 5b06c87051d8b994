import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { MediaFile } from "../../src/core/media-file.ts";

/** Bytes as a file that may be read. */
export function fileOf(bytes: Uint8Array, name = "given"): MediaFile {
  return { name, sizeBytes: bytes.length, bytes: () => Promise.resolve(bytes) };
}

/** A file on the disk, which nobody should have to read as a whole. */
export function fileAt(path: string): MediaFile {
  return { path, bytes: () => Promise.reject(new Error(`${path} was read as a whole`)) };
}

/** Where a recording of `test/fixtures/media` is. */
export function recordingPath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/media/${name}`, import.meta.url));
}

/** A recording of `test/fixtures/media`, in memory. */
export function recording(name: string): MediaFile {
  return fileOf(readFileSync(recordingPath(name)), name);
}

/** The sound of a function of the time in seconds, at 16 kHz unless told. */
export function soundOf(seconds: number, at: (second: number) => number, sampleRate = 16_000): Int16Array {
  return Int16Array.from({ length: seconds * sampleRate }, (_, index) => Math.round(at(index / sampleRate) * 32_767));
}

/** How loud a tone is in a sound, from 0 to 1, by its share in the Fourier transform. */
export function loudnessOf(samples: ArrayLike<number>, sampleRate: number, hertz: number): number {
  let [real, imaginary] = [0, 0];
  for (let index = 0; index < samples.length; index++) {
    const angle = (2 * Math.PI * hertz * index) / sampleRate;
    real += (samples[index] ?? 0) * Math.cos(angle);
    imaginary += (samples[index] ?? 0) * Math.sin(angle);
  }
  return (2 * Math.hypot(real, imaginary)) / samples.length;
}
