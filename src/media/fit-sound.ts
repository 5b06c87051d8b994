import { InhouseError, isInhouseError } from "../core/error.ts";
import type { MediaFile } from "../core/media-file.ts";
import type { AudioFormats } from "../core/media-support.ts";
import { openReader, recordingOf, shownName } from "./byte-reader.ts";
import { soundFacts, wavFacts, wavHeaderOf, withoutSound } from "./sound-facts.ts";
import { soundRate, soundSamples } from "./sound-samples.ts";
import { writeWav } from "./wav.ts";

/** A sound as a server takes it. */
export interface FittedSound {
  readonly data: Uint8Array;
  readonly mediaType: string;
  /** Its length, where that had to be known. */
  readonly durationMs?: number;
  /** What was done to it and what could not be checked, in sentences for the user. Empty where it is as it was. */
  readonly changes: readonly string[];
}

/** Longest sound that is converted as a whole: 1 h, 115 MB. */
const longestMs = 3_600_000;
const headerBytes = 44;
const bytesPerMs = (soundRate / 1_000) * 2;

/**
 * Makes a sound what a server takes. One whose media type, size and length are accepted stays as it is; whatever else, the sound track of a film included,
 * becomes a wav of one channel at 16 kHz, and `changes` says so. A wav that is cut off or does not say its length is written anew too.
 *
 * Throws `limit` where the sound is longer than the server takes, or, converted, too large for it or longer than 1 h; `unsupported` without ffmpeg, or where the
 * server takes neither this form nor a wav; `invalid-request` for what is no recording or has no sound; `abort`.
 */
export async function fitSound(
  file: MediaFile,
  formats: Partial<AudioFormats>,
  signal?: AbortSignal,
): Promise<FittedSound> {
  const { mediaType, kind } = await recordingOf(file);
  const changes: string[] = [];
  const length = await lengthOf(file, mediaType, formats, changes, signal);
  refuseLonger(file, length.durationMs ?? 0, formats.maxMs);
  const reason = kind === "audio" ? await whyNot(file, mediaType, formats) : "since it is no plain sound";
  const why = reason ?? length.broken;
  if (why === undefined) {
    const { durationMs } = length;
    return { data: await file.bytes(), mediaType, ...(durationMs === undefined ? {} : { durationMs }), changes };
  }
  if (formats.mediaTypes && !formats.mediaTypes.includes("audio/wav")) {
    throw new InhouseError(
      "unsupported",
      `The server takes neither ${mediaType} nor wav: ${formats.mediaTypes.join(", ")}.`,
      {
        hint: "Convert the sound to one of these before.",
      },
    );
  }
  const { data, durationMs } = await converted(file, formats, (sentence) => changes.push(sentence), signal);
  const change = `${shownName(file)} (${mediaType}) was converted to wav, one channel at 16 kHz, ${why}.`;
  return { data, mediaType: "audio/wav", durationMs, changes: [change, ...changes] };
}

interface Length {
  readonly durationMs?: number;
  /** Why a server might stumble over its header. */
  readonly broken?: string;
}

/** The length of a sound: of a wav always, of others where the server sets a limit to it. */
async function lengthOf(
  file: MediaFile,
  mediaType: string,
  { maxMs }: Partial<AudioFormats>,
  changes: string[],
  signal?: AbortSignal,
): Promise<Length> {
  const header = mediaType === "audio/wav" ? await wavHeaderOf(file) : undefined;
  if (header && header.coding !== "other") {
    if (header.dataBytes === 0) throw withoutSound(file);
    const { durationMs } = wavFacts(header);
    if (!header.isSized) return { durationMs, broken: "since its header does not say how long it is" };
    return header.missingBytes > 0 ? { durationMs, broken: "since it is cut off" } : { durationMs };
  }
  if (maxMs === undefined) return {};
  try {
    const { durationMs } = await soundFacts(file, signal);
    return durationMs === undefined ? {} : { durationMs };
  } catch (error) {
    if (!isInhouseError(error) || error.code !== "unsupported") throw error;
    changes.push(`How long ${shownName(file)} is was not checked, since ${error.message.replace(/\.$/, "")}.`);
    return {};
  }
}

/** Why a sound cannot stay as it is. */
async function whyNot(
  file: MediaFile,
  mediaType: string,
  { mediaTypes, maxBytes }: Partial<AudioFormats>,
): Promise<string | undefined> {
  if (mediaTypes && !mediaTypes.includes(mediaType)) return `since the server takes ${mediaTypes.join(", ")}`;
  if (maxBytes === undefined) return undefined;
  const reader = await openReader(file);
  await reader.close();
  return reader.sizeBytes > maxBytes ? `since the server takes ${maxBytes} bytes at the most` : undefined;
}

async function converted(
  file: MediaFile,
  { maxMs, maxBytes = Infinity }: Partial<AudioFormats>,
  warn: (sentence: string) => void,
  signal?: AbortSignal,
): Promise<{ data: Uint8Array; durationMs: number }> {
  const chunks: Int16Array[] = [];
  let count = 0;
  for await (const samples of soundSamples(file, { signal, warn })) {
    chunks.push(samples);
    count += samples.length;
    const durationMs = (count * 1_000) / soundRate;
    refuseLonger(file, durationMs, Math.min(maxMs ?? longestMs, longestMs));
    if (count * 2 + headerBytes > maxBytes) {
      const most = Math.floor((maxBytes - headerBytes) / bytesPerMs / 1_000);
      throw new InhouseError(
        "limit",
        `${shownName(file)} is too long for the server: a wav of ${maxBytes} bytes holds ${most} s.`,
        { hint: sendShorter },
      );
    }
  }
  if (count === 0) throw withoutSound(file);
  const samples = new Int16Array(count);
  let place = 0;
  for (const chunk of chunks) {
    samples.set(chunk, place);
    place += chunk.length;
  }
  return { data: writeWav(samples, soundRate), durationMs: Math.round((count * 1_000) / soundRate) };
}

const sendShorter = "Transcribe it, or analyze it: both cut a long recording into pieces. Or send a shorter one.";

function refuseLonger(file: MediaFile, durationMs: number, maxMs = Infinity): void {
  if (durationMs <= maxMs) return;
  throw new InhouseError(
    "limit",
    `${shownName(file)} is longer than ${maxMs / 1_000} s, which is the most that can be sent at once.`,
    { hint: sendShorter },
  );
}
