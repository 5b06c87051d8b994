import { InhouseError } from "../core/error.ts";
import type { TranscriptionResult } from "../core/result.ts";
import type { SpokenSegment } from "../core/transcript.ts";
import type { Call } from "./call.ts";
import { resultBase } from "./results.ts";

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
