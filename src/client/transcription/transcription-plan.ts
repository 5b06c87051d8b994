import { checkOptions } from "../../core/check-options.ts";
import { InhouseError, isInhouseError } from "../../core/error.ts";
import type { MediaFile } from "../../core/media-file.ts";
import type { AudioFormats } from "../../core/media-support.ts";
import type { Provider } from "../../core/provider.ts";
import type { TranscriptionRequest } from "../../core/request.ts";
import { sniff } from "../../media/sniff.ts";
import { checkCallOptions } from "../call-options.ts";
import type { StartCall } from "../call.ts";
import { checkNumber, checkString, wrong } from "../check.ts";
import type { MediaOptions } from "../files/media-options.ts";
import { openFile } from "../files/open-file.ts";
import { sourceOf } from "../files/source-of.ts";
import { base, callKeys, optionalNumber, type Keys } from "../normalize.ts";
import { soundReader } from "./sound-reader.ts";
import type { SoundPiece, SoundReader, StreamedTranscriptionInput } from "./transcription-input.ts";

/** What a transcription needs of its client. */
export interface TranscriptionSettings {
  readonly provider: Provider;
  readonly start: StartCall;
  /** What the client says about files. */
  readonly media?: MediaOptions | undefined;
  /** Default: the functions of the folder `media`. */
  readonly sound?: SoundReader | undefined;
}

/** How a recording will be sent: as it is, or in pieces. */
export interface TranscriptionPlan {
  /** The request for the whole recording; absent where it goes in pieces. */
  readonly whole?: TranscriptionRequest;
  /** Cuts it; throws `invalid-request` where there is no sound in it. */
  pieces(signal: AbortSignal): AsyncIterable<SoundPiece>;
  /** The request for a piece. */
  requestOf(piece: SoundPiece): TranscriptionRequest;
  readonly overlapMs: number;
  /** How long the recording is, where that was looked up. */
  readonly totalMs?: number;
}

/** The keys of `streamTranscription()`. */
export const transcriptionKeys: Keys<StreamedTranscriptionInput> = {
  ...callKeys,
  audio: true,
  name: true,
  language: true,
  prompt: true,
  temperature: true,
  timestamps: true,
  pieceMs: true,
  overlapMs: true,
};

/** Fewest bytes of a second of speech in any form in use (AMR at 4.75 kbit/s has 594): what is smaller is not looked into. */
const fewestBytesPerSecond = 500;

/** Checks the input, opens the recording and decides whether it has to be cut. Throws `invalid-request`. */
export async function planTranscription(
  input: StreamedTranscriptionInput,
  names: Readonly<Record<string, unknown>>,
  { provider, media, sound = soundReader }: TranscriptionSettings,
  stream: boolean,
): Promise<TranscriptionPlan> {
  checkOptions(stream ? "streamTranscription" : "transcribe", input, names);
  checkCallOptions(input);
  const fields = fieldsOf(input, stream);
  const formats = provider.media?.audio;
  const { pieceMs = Math.min(300_000, formats?.maxMs ?? Number.POSITIVE_INFINITY) } = input;
  const longestMs = checkNumber("pieceMs", pieceMs, { min: 10_000, max: 3_600_000 });
  const overlapMs = checkNumber("overlapMs", input.overlapMs ?? 5_000, { min: 0, max: longestMs / 3 });
  const name = input.name === undefined ? undefined : checkString("name", input.name);
  const { signal } = input;
  const opening = { name, media, transport: provider.transport, signal, place: "audio" };
  const file = await openFile(sourceOf("audio", input.audio), opening);
  const head = await file.head();
  if (head.length === 0) throw wrong("audio", "it is empty");
  const { kind, mediaType } = sniff(head);
  if (kind === "image" || kind === "document") throw wrong("audio", `it is no recording but ${mediaType}`);
  const bytes = file.sizeBytes ?? (await file.bytes()).length;
  const { cut, totalMs } = await lookInto(file, { bytes, mediaType, longestMs, formats }, sound, signal);
  const fileName = file.name ?? `recording.${endingOf(mediaType)}`;
  const whole = cut ? undefined : Object.freeze({ ...fields, audio: await file.bytes(), mediaType, fileName });
  return {
    ...(whole ? { whole } : {}),
    ...(totalMs === undefined ? {} : { totalMs }),
    overlapMs,
    pieces: (end) => piecesOf(file, sound, { longestMs, overlapMs, signal: end }),
    requestOf: ({ data, mediaType: type }) =>
      Object.freeze({ ...fields, audio: data, mediaType: type, fileName: `recording.${endingOf(type)}` }),
  };
}

function fieldsOf(input: StreamedTranscriptionInput, stream: boolean) {
  const { language, prompt, temperature, timestamps } = input;
  if (timestamps !== undefined && timestamps !== "segment" && timestamps !== "word") {
    throw wrong("timestamps", "expected segment or word");
  }
  return {
    kind: "transcription" as const,
    ...base(input),
    ...(language === undefined ? {} : { language: languageOf(language) }),
    ...(prompt === undefined ? {} : { prompt: checkString("prompt", prompt) }),
    ...optionalNumber("temperature", temperature, { min: 0, max: 2 }),
    ...(timestamps === undefined ? {} : { timestamps }),
    stream,
  };
}

/** Servers take `english` for a language that they do not know, or for part of a prompt. */
function languageOf(value: unknown): string {
  const language = checkString("language", value);
  if (/^[a-z]{2,3}$/.test(language)) return language;
  throw wrong("language", "expected a code of ISO 639-1, such as de", "Leave it out, and the server finds out.");
}

interface Given {
  readonly bytes: number;
  readonly mediaType: string;
  readonly longestMs: number;
  readonly formats: AudioFormats | undefined;
}

/** Whether a recording has to be cut, which converts it too, and how long it is where that had to be known. */
async function lookInto(
  file: MediaFile,
  { bytes, mediaType, longestMs, formats }: Given,
  sound: SoundReader,
  signal: AbortSignal | undefined,
): Promise<{ readonly cut: boolean; readonly totalMs?: number }> {
  const accepted = formats === undefined || formats.mediaTypes.includes(mediaType);
  const fits = bytes <= (formats?.maxBytes ?? Number.POSITIVE_INFINITY);
  if (accepted && fits && bytes < (longestMs / 1_000) * fewestBytesPerSecond) return { cut: false };
  const { durationMs } = await sound.facts(file, signal).catch((error: unknown) => {
    // Without the programs that look into recordings, what the server takes is sent as it is.
    if (accepted && fits && isInhouseError(error) && error.code === "unsupported") return { durationMs: undefined };
    throw error;
  });
  const cut = !accepted || !fits || (durationMs !== undefined && durationMs > longestMs);
  return { cut, ...(durationMs === undefined ? {} : { totalMs: durationMs }) };
}

async function* piecesOf(
  file: MediaFile,
  sound: SoundReader,
  cutting: Parameters<SoundReader["pieces"]>[1],
): AsyncGenerator<SoundPiece> {
  let none = true;
  for await (const piece of sound.pieces(file, cutting)) {
    none = false;
    yield piece;
  }
  if (none) throw new InhouseError("invalid-request", "audio: there is no sound in it.");
}

const endings: Readonly<Record<string, string>> = {
  "audio/mpeg": "mp3",
  "audio/mp4": "m4a",
  "video/quicktime": "mov",
  "video/x-matroska": "mkv",
  "video/x-msvideo": "avi",
  "video/x-flv": "flv",
};

const endingOf = (mediaType: string): string => endings[mediaType] ?? mediaType.replace(/^.*\//, "");
