import { isInhouseError, withDetails } from "../../core/error.ts";
import type { Batch, ModelEvent } from "../../core/event.ts";
import type { PartialReply, TranscriptionResult } from "../../core/result.ts";
import { joinSpoken } from "../../core/spoken-text.ts";
import { wordsIn } from "../../core/spoken-words.ts";
import type { SpokenSegment, TranscribedPiece } from "../../core/transcript.ts";
import type { Call } from "../call.ts";
import type { TimeoutOptions } from "../inputs.ts";
import type { RunEnding } from "../run-reading.ts";
import { runSignal } from "../run-signal.ts";
import type { CallRegister } from "../running-calls.ts";
import { unheard } from "./join-transcripts.ts";
import type { SoundPiece, StreamedTranscriptionInput } from "./transcription-input.ts";
import { planTranscription, transcriptionKeys, type TranscriptionSettings } from "./transcription-plan.ts";
import { mergedTranscription, placedIn, transcriptionResult, unreadWarning } from "./transcription-result.ts";

/** What a transcription that is handed out needs of its client. */
export interface StreamedTranscriptionSettings extends TranscriptionSettings, RunEnding {
  readonly running: CallRegister;
  readonly timeouts: TimeoutOptions;
}

/** Yields what comes of a recording, one piece after the other, and returns the result. */
export async function* streamTranscription(
  input: StreamedTranscriptionInput,
  settings: StreamedTranscriptionSettings,
): AsyncGenerator<Batch, TranscriptionResult> {
  const { start, tell } = settings;
  const { signal, release } = runSignal(input, settings);
  try {
    const plan = await planTranscription(input, transcriptionKeys, settings, true);
    if (plan.whole) {
      const call = start(plan.whole, { ...input, signal });
      tell(call.partial);
      yield* call.batches;
      return transcriptionResult(call, plan.totalMs);
    }
    const startedAt = performance.now();
    const teller = pieceTeller(plan.overlapMs);
    const results: TranscriptionResult[] = [];
    const unread: string[] = [];
    tell(teller.partial);
    for await (const piece of plan.pieces(signal)) {
      const call = start(plan.requestOf(piece), { ...input, signal });
      try {
        for await (const batch of call.batches) {
          const shown = batch.flatMap((event) => teller.event(event));
          if (shown.length > 0) yield shown;
        }
      } catch (error) {
        throw isInhouseError(error) ? withDetails(error, { partial: teller.partial(), retryable: false }) : error;
      }
      const rest = teller.end(piece, call);
      results.push(transcriptionResult(call));
      if (rest.length > 0) yield rest;
      unread.push(...(piece.warnings ?? []));
    }
    if (unread.length > 0) yield unread.map((message) => ({ type: "warning", warning: unreadWarning(message) }));
    const totalMs = performance.now() - startedAt;
    const result = mergedTranscription(teller.joined(), teller.pieces, results, totalMs, unread);
    yield [{ type: "finish", finishReasons: [], ...(result.usage ? { usage: result.usage } : {}) }];
    return result;
  } finally {
    release();
  }
}

/** Tells what each piece says that the one before it has not said: the beginning waits until it is clear where that is. */
function pieceTeller(overlapMs: number) {
  const said: string[] = [];
  const segments: SpokenSegment[] = [];
  const pieces: TranscribedPiece[] = [];
  const seen = new Set<string>(); // warnings, and that it has begun
  let held: string | undefined; // the beginning of a piece, until it is handed out
  let begun = true; // it was: the first one has nothing to wait for

  /** About how many words are in an overlap, at the pace of the piece before. */
  function shared(): number {
    const last = pieces.at(-1);
    return last ? (wordsIn(last.text).length * overlapMs) / Math.max(1, last.endMs - last.startMs) : 0;
  }

  function say(text: string): readonly ModelEvent[] {
    const before = said.at(-1);
    const more = before === undefined ? text : joinSpoken([before, text]).slice(before.trim().length);
    if (text === "") return [];
    said.push(more);
    return [{ type: "text-delta", choice: 0, text: more }];
  }

  function release(): readonly ModelEvent[] {
    const text = held ?? "";
    held = undefined;
    return say(unheard(said.join("").slice(-4_000), text, shared()));
  }

  function event(given: ModelEvent): readonly ModelEvent[] {
    switch (given.type) {
      case "finish":
      case "segment":
      case "words":
      case "recording":
        return []; // with the end of the piece, or of the recording
      case "start":
      case "warning": {
        const key = given.type === "start" ? given.type : given.warning.message;
        if (seen.has(key)) return [];
        seen.add(key);
        return [given];
      }
      case "text-delta":
        if (begun) {
          said.push(given.text);
          return [given];
        }
        held = (held ?? "") + given.text;
        if (wordsIn(held).length < shared() * 2.5 + 20) return [];
        begun = true;
        return release();
      default:
        return [given];
    }
  }
  function end(piece: SoundPiece, call: Call): readonly ModelEvent[] {
    const text = held === undefined ? [] : release();
    begun = false;
    const placed = placedIn(piece, transcriptionResult(call));
    const fresh = newSegments(segments, placed.segments, shared());
    segments.push(...fresh);
    pieces.push(placed);
    return [...text, ...fresh.map((segment): ModelEvent => ({ type: "segment", ...segment }))];
  }

  const joined = () => ({
    text: said.join("").trim(),
    segments,
    words: segments.flatMap((segment) => segment.words ?? []),
  });
  const partial = (): PartialReply => {
    const { text } = joined();
    const checkpoint = pieces.length > 0 ? { checkpoint: { pieces } } : {};
    return { text: (text + (held ?? "")).trim(), reasoning: "", toolCalls: [], segments, ...checkpoint };
  };
  return { event, end, joined, partial, pieces };
}

/** The segments of a piece without what those before it have said; `shared` is about how many words are in both. */
function newSegments(
  before: readonly SpokenSegment[],
  segments: readonly SpokenSegment[],
  shared: number,
): readonly SpokenSegment[] {
  const lastMs = before.at(-1)?.endMs ?? 0;
  const early = segments.filter(({ startMs }) => startMs < lastMs);
  const text = joinSpoken(early.map((segment) => segment.text));
  const rest = unheard(joinSpoken(before.slice(-20).map((segment) => segment.text)), text, shared);
  if (rest === text) return segments.filter(({ startMs, endMs }) => startMs + endMs >= 2 * lastMs);
  let drop = wordsIn(text).length - wordsIn(rest).length;
  return segments.flatMap((segment) => {
    const words = wordsIn(segment.text);
    const said = Math.min(drop, words.length);
    drop -= said;
    if (said === 0) return [segment];
    if (said === words.length) return [];
    const own = segment.words?.slice(Math.round((said / words.length) * segment.words.length));
    return [
      {
        startMs: Math.min(Math.max(segment.startMs, lastMs), segment.endMs),
        endMs: segment.endMs,
        text: segment.text.slice(words[said]?.start),
        ...(own ? { words: own } : {}),
      },
    ];
  });
}
