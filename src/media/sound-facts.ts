import { InhouseError } from "../core/error.ts";
import type { MediaFile } from "../core/media-file.ts";
import { openReader, recordingOf, shownName } from "./byte-reader.ts";
import { probe } from "./ffprobe.ts";
import { readWavHeader, type WavHeader } from "./wav.ts";

/** What a sound is, or the sound track of a film. */
export interface SoundFacts {
  /** By its content. */
  readonly mediaType: string;
  /** Its length as far as it is there, in milliseconds. Absent where it cannot be told. */
  readonly durationMs?: number;
  /** Samples a second. */
  readonly sampleRate?: number;
  readonly channels?: number;
}

/**
 * What a sound is: a wav by its header, whatever else by ffprobe. Throws `invalid-request` for what is no recording or has no sound,
 * `unsupported` without ffprobe, `abort`.
 */
export async function soundFacts(file: MediaFile, signal?: AbortSignal): Promise<SoundFacts> {
  const { mediaType } = await recordingOf(file);
  const header = mediaType === "audio/wav" ? await wavHeaderOf(file) : undefined;
  if (header && header.coding !== "other") return { mediaType, ...wavFacts(header) };
  const { sound, durationMs } = await probe(file, signal);
  if (!sound) throw withoutSound(file);
  return { mediaType, ...sound, ...(durationMs === undefined ? {} : { durationMs }) };
}

/** The header of a file that begins as a wav does. */
export async function wavHeaderOf(file: MediaFile): Promise<WavHeader | undefined> {
  const reader = await openReader(file);
  try {
    return await readWavHeader(reader);
  } finally {
    await reader.close();
  }
}

/** What the header of a wav says of its sound. */
export function wavFacts({
  sampleRate,
  channels,
  sampleBytes,
  dataBytes,
}: WavHeader): Required<Omit<SoundFacts, "mediaType">> {
  return { durationMs: Math.round((dataBytes / channels / sampleBytes / sampleRate) * 1_000), sampleRate, channels };
}

/** The error about a recording in which nothing can be heard. */
export function withoutSound(file: MediaFile): InhouseError {
  return new InhouseError("invalid-request", `${shownName(file)} has no sound.`, {
    hint: "Pass a recording with a sound track; a film without one can be sent as pictures.",
  });
}
