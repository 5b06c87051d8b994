import { InhouseError, abortError } from "../core/error.ts";
import type { MediaFile } from "../core/media-file.ts";
import { type ByteReader, openReader, recordingOf, shownName } from "./byte-reader.ts";
import { ffmpegInput } from "./ffmpeg-input.ts";
import { ffmpegStream } from "./ffmpeg.ts";
import { resampler } from "./resample.ts";
import { mixToMono, toSixteenBits } from "./wav-samples.ts";
import { readWavHeader, type WavHeader } from "./wav.ts";

/** Samples a second of what models listen to. */
export const soundRate = 16_000;
/** Longest sound of one file: 24 h. */
export const longestSoundMs = 86_400_000;
/** Bytes of a wav that are in memory at a time. */
const readBytes = 262_144;

/** How a sound is read. */
export interface SamplesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with a sentence where part of the file could not be read. */
  readonly warn: (sentence: string) => void;
}

/**
 * The sound of a file, or of a film's first sound track, as 16-bit samples of one channel at 16 kHz, piece by piece as they are read; none where it
 * has no sound. A wav is read here, whatever else by ffmpeg. A sound that begins later than the film does begins with silence.
 * Throws `invalid-request`, `unsupported` without ffmpeg, `limit` after 24 h, `abort`.
 */
export async function* soundSamples(file: MediaFile, options: SamplesOptions): AsyncGenerator<Int16Array, void> {
  let left = (longestSoundMs / 1_000) * soundRate;
  for await (const samples of samplesOf(file, options)) {
    left -= samples.length;
    if (left < 0) {
      throw new InhouseError("limit", `${shownName(file)} is longer than 24 h.`, { hint: "Split the recording." });
    }
    if (samples.length > 0) yield samples;
  }
}

async function* samplesOf(file: MediaFile, options: SamplesOptions): AsyncGenerator<Int16Array, void> {
  const { mediaType } = await recordingOf(file);
  if (mediaType === "audio/wav") {
    const reader = await openReader(file);
    try {
      const header = await readWavHeader(reader);
      if (header && header.coding !== "other") return yield* wavSamples(file, reader, header, options);
    } finally {
      await reader.close();
    }
  }
  yield* ffmpegSamples(file, options);
}

async function* wavSamples(
  file: MediaFile,
  reader: ByteReader,
  header: WavHeader,
  { signal, warn }: SamplesOptions,
): AsyncGenerator<Int16Array, void> {
  const { channels, sampleBytes, sampleRate, dataOffset, dataBytes, missingBytes } = header;
  const frameBytes = channels * sampleBytes;
  const toRate = resampler(sampleRate, soundRate);
  const step = Math.floor(readBytes / frameBytes) * frameBytes;
  for (let read = 0; read < dataBytes; read += step) {
    if (signal?.aborted === true) throw abortError(signal);
    const bytes = await reader.read(dataOffset + read, Math.min(step, dataBytes - read));
    yield toSixteenBits(toRate.push(mixToMono(bytes, header)));
  }
  yield toSixteenBits(toRate.end());
  if (missingBytes === 0) return;
  const seconds = (bytes: number): string => (bytes / frameBytes / sampleRate).toFixed(1);
  warn(`${shownName(file)} was cut off: ${seconds(dataBytes)} s of ${seconds(dataBytes + missingBytes)} s are there.`);
}

async function* ffmpegSamples(file: MediaFile, { signal, warn }: SamplesOptions): AsyncGenerator<Int16Array, void> {
  const input = await ffmpegInput(file, { seek: false });
  try {
    // One thread, and whole buffers written: frames of sound are so small that all else is spent on handing them on.
    const read = ["-threads", "1", ...input.args, "-map", "0:a:0"];
    const heard = ["-af", `aresample=${soundRate}:async=1:first_pts=0`, "-ac", "1"];
    const args = [...read, ...heard, "-f", "s16le", "-flush_packets", "0", "pipe:1"];
    const { stdin } = input;
    const run = {
      program: "ffmpeg",
      args,
      stdin,
      signal,
      warn,
      name: shownName(file),
      nothing: /matches no streams/,
    } as const;
    let rest: Uint8Array = new Uint8Array(0);
    for await (const chunk of ffmpegStream(run)) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const whole = bytes.length - (bytes.length % 2);
      rest = bytes.subarray(whole);
      const samples = new Int16Array(whole / 2);
      new Uint8Array(samples.buffer).set(bytes.subarray(0, whole));
      yield samples;
    }
  } finally {
    await input.close();
  }
}
