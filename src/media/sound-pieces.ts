import { abortError, InhouseError } from "../core/error.ts";
import type { MediaFile } from "../core/media-file.ts";
import { quietestPlace } from "./silences.ts";
import { soundRate, soundSamples } from "./sound-samples.ts";
import { writeWav } from "./wav.ts";

/** A piece of a recording. */
export interface SoundPiece {
  /** Where it begins and ends in the recording, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** A wav of one channel of 16-bit samples at 16 kHz. */
  readonly data: Uint8Array;
  readonly mediaType: "audio/wav";
  /** What could not be read of the file, in sentences: with the last piece, and empty where all is well. */
  readonly warnings: readonly string[];
}

/** How a recording is cut. */
export interface SoundPiecesOptions {
  /** Longest piece, in milliseconds: from 1,000 to 3,600,000. */
  readonly longestMs: number;
  /** How much of its end a piece has in common with the next one: at most half of `longestMs`. Default 0. */
  readonly overlapMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Samples in a millisecond. */
const samplesPerMs = soundRate / 1_000;
/** Samples for which room is made at first. */
const firstRoom = 1 << 20;

/**
 * Cuts a recording, or the sound track of a film, into pieces that end in the quietest moment of their last quarter, so that no word is cut. It is read as
 * the pieces are asked for, and one piece is in memory at a time (19 MB for 600 s, twice while it is handed out). A film without sound has no pieces.
 *
 * A wav is read here, whatever else by ffmpeg. A file that was cut off gives what is there, and the last piece says so. Throws `invalid-request` for
 * what is no recording, `unsupported` without ffmpeg, `limit` after 24 h of sound, `abort`.
 */
export async function* soundPieces(file: MediaFile, options: SoundPiecesOptions): AsyncGenerator<SoundPiece, void> {
  const { longestMs, overlapMs = 0, signal } = options;
  check("longestMs", longestMs, 1_000, 3_600_000);
  check("overlapMs", overlapMs, 0, longestMs / 2);
  const longest = Math.floor(longestMs) * samplesPerMs;
  const earliest = Math.floor(longestMs * 0.75) * samplesPerMs;
  const overlap = Math.floor(overlapMs) * samplesPerMs;
  const warnings: string[] = [];

  let held = new Int16Array(Math.min(longest, firstRoom));
  let count = 0;
  let start = 0;
  const piece = (samples: number): SoundPiece => ({
    startMs: start / samplesPerMs,
    endMs: Math.round((start + samples) / samplesPerMs),
    data: writeWav(held.subarray(0, samples), soundRate),
    mediaType: "audio/wav",
    warnings: [],
  });

  for await (const samples of soundSamples(file, { signal, warn: (sentence) => warnings.push(sentence) })) {
    for (let taken = 0; taken < samples.length;) {
      // More is to come and there is no room: cut.
      if (count === longest) {
        if (signal?.aborted === true) throw abortError(signal);
        const cut = quietestPlace(held, earliest, longest);
        yield piece(cut);
        held.copyWithin(0, cut - overlap, count);
        start += cut - overlap;
        count -= cut - overlap;
      }
      if (count === held.length) held = grown(held, longest);
      const part = samples.subarray(taken, taken + held.length - count);
      held.set(part, count);
      count += part.length;
      taken += part.length;
    }
  }
  if (count > 0) yield { ...piece(count), warnings };
}

function grown(held: Int16Array<ArrayBuffer>, longest: number): Int16Array<ArrayBuffer> {
  const larger = new Int16Array(Math.min(longest, held.length * 2));
  larger.set(held);
  return larger;
}

function check(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new InhouseError("invalid-request", `soundPieces: ${name} is ${value}, and must be from ${least} to ${most}.`);
}
