import { InhouseError } from "../../core/error.ts";
import type { TranscriptionResult, Warning } from "../../core/result.ts";
import type { SpokenSegment, SpokenWord, TranscribedPiece } from "../../core/transcript.ts";
import type { Call } from "../call.ts";
import { resultBase } from "../results.ts";
import { sumUsage } from "../sum-usage.ts";
import type { Joined } from "./join-transcripts.ts";
import type { SoundPiece } from "./transcription-input.ts";

/** The result of a transcription that has ended. */
export function transcriptionResult(call: Call, totalMs?: number): TranscriptionResult {
  const collected = call.collected();
  const { heard, choices, finish } = collected;
  if (!finish) throw new InhouseError("protocol", "The reply holds no transcription.");
  const segments = heard.flatMap((event): SpokenSegment[] => {
    if (event.type !== "segment") return [];
    const { type: _type, ...segment } = event;
    return [segment];
  });
  const words = heard.flatMap((event) => {
    if (event.type === "segment") return event.words ?? [];
    return event.type === "words" ? event.words : [];
  });
  const told = heard.findLast((event) => event.type === "recording");
  const durationMs = told?.durationMs ?? totalMs;
  return {
    ...resultBase(call, collected),
    text: (choices[0]?.text ?? "").trim(),
    segments,
    ...(words.length > 0 ? { words } : {}),
    ...(told?.language === undefined ? {} : { language: told.language }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

/** What a piece says, with its times as those of the whole recording. */
export function placedIn(
  { startMs, endMs }: SoundPiece,
  { text, segments, words = [], language }: TranscriptionResult,
): TranscribedPiece {
  const later = <Timed extends SpokenWord>(timed: Timed): Timed => ({
    ...timed,
    // Whisper hears 30 seconds, and may set an end beyond that of a shorter piece.
    startMs: Math.min(timed.startMs + startMs, endMs),
    endMs: Math.min(timed.endMs + startMs, endMs),
  });
  return {
    startMs,
    endMs,
    text,
    segments: segments.map((segment): SpokenSegment => ({
      ...later(segment),
      ...(segment.words ? { words: segment.words.map(later) } : {}),
    })),
    words: words.map(later),
    ...(language === undefined ? {} : { language }),
  };
}

/** The result of a recording that went in pieces: what each call has to tell, put together. */
export function mergedTranscription(
  { text, segments, words }: Joined,
  pieces: readonly TranscribedPiece[],
  results: readonly TranscriptionResult[],
  totalMs: number,
  unread: readonly string[] = [],
): TranscriptionResult {
  const [first = nothingAsked()] = results;
  const { callId, model, requestId, raw } = first;
  const language = pieces.find((piece) => piece.language !== undefined)?.language;
  const durationMs = pieces.at(-1)?.endMs;
  const usage = sumUsage(results.map((result) => result.usage));
  const warnings = [...unread.map(unreadWarning), ...results.flatMap((result) => result.warnings)];
  return {
    callId,
    ...(model === undefined ? {} : { model }),
    ...(requestId === undefined ? {} : { requestId }),
    text,
    segments,
    ...(words.length > 0 ? { words } : {}),
    ...(language === undefined ? {} : { language }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(usage === undefined ? {} : { usage }),
    timings: { totalMs },
    // Each piece has the same to say about the same options.
    warnings: warnings.filter((one, index) => warnings.findIndex(({ message }) => message === one.message) === index),
    failedAttempts: results.flatMap((result) => result.failedAttempts),
    raw,
  };
}

/** What could not be read of a recording, as a warning. */
export const unreadWarning = (message: string): Warning => ({ option: "audio", message });

/** All pieces were done before. */
function nothingAsked(): TranscriptionResult {
  const callId = process.getBuiltinModule("node:crypto").randomUUID();
  return { callId, text: "", segments: [], timings: { totalMs: 0 }, warnings: [], failedAttempts: [], raw: [] };
}
