import type { MediaFile, MediaSource } from "../../core/media-file.ts";
import type { TranscriptionResult } from "../../core/result.ts";
import type { TranscriptionCheckpoint } from "../../core/transcript.ts";
import type { CallOptions } from "../inputs.ts";
import type { TextStream } from "../text-stream.ts";

/** What `transcribe()` and `streamTranscription()` both take. Of a recording in pieces, each piece is a call with these limits. */
export interface StreamedTranscriptionInput extends CallOptions {
  /** A recording, or a film with sound. A path or a URL is opened where the client's `media` option allows it. */
  readonly audio: MediaSource;
  /** Its name, which the server is told. Default: one by its content, such as `recording.mp3`. */
  readonly name?: string;
  /** The language that is spoken, as ISO 639-1 has it, such as `de`. Default: the server finds out. */
  readonly language?: string;
  /** Text in the manner wanted, or names that will occur, in the language of the recording. */
  readonly prompt?: string;
  /** From 0. Default: the server's own. */
  readonly temperature?: number;
  /** Times to be told with the text. What the server does not tell is missing, with a warning. Default: none. */
  readonly timestamps?: "segment" | "word";
  /** Longest piece that is sent at once, in milliseconds, from 10,000. Default 300,000, or what the server takes at the most. */
  readonly pieceMs?: number;
  /** How much of a piece is in the next one too, in milliseconds, at most a third of `pieceMs`. Default 5,000. */
  readonly overlapMs?: number;
}

/** What `transcribe()` takes. */
export interface TranscriptionInput extends StreamedTranscriptionInput {
  /** Most pieces at a time. Default 2; 1 with `continuity`. */
  readonly concurrency?: number;
  /** Tell the server the end of each piece with the next one, as its prompt: names stay the same, and so may mistakes. Default false. */
  readonly continuity?: boolean;
  /** What an earlier run has done of this recording, cut in the same way: the rest is done, and the result is of the whole. */
  readonly checkpoint?: TranscriptionCheckpoint;
  /** Called after each piece of a long recording; what it throws ends the run. */
  readonly onProgress?: (progress: TranscriptionProgress) => void;
}

/** A transcription as it comes. It can be read once, and it is not thenable. */
export type TranscriptionStream = Omit<TextStream<TranscriptionResult>, "callId">;

/** How far a long recording has been transcribed. */
export interface TranscriptionProgress {
  /** From its beginning to here nothing is missing. */
  readonly doneMs: number;
  /** How long it is, where that is known. */
  readonly totalMs?: number;
  /** What is done; given to `transcribe()` another day, it goes on from there. */
  readonly checkpoint: TranscriptionCheckpoint;
}

/** A stretch of a recording as a file of its own, in a form that every server reads. */
export interface SoundPiece {
  readonly startMs: number;
  readonly endMs: number;
  readonly data: Uint8Array;
  readonly mediaType: string;
  /** What of the recording could not be read, told with the last piece. */
  readonly warnings?: readonly string[];
}

/** Looks into recordings and cuts them. */
export interface SoundReader {
  facts(file: MediaFile, signal?: AbortSignal): Promise<{ readonly durationMs?: number }>;
  pieces(
    file: MediaFile,
    cutting: { readonly longestMs: number; readonly overlapMs: number; readonly signal: AbortSignal },
  ): AsyncIterable<SoundPiece>;
}
