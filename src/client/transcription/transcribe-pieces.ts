import { isInhouseError, withDetails } from "../../core/error.ts";
import type { TranscriptionResult } from "../../core/result.ts";
import type { TranscribedPiece } from "../../core/transcript.ts";
import { finished } from "../results.ts";
import { joinTranscripts } from "./join-transcripts.ts";
import type { SoundPiece, TranscriptionInput } from "./transcription-input.ts";
import type { TranscriptionPlan, TranscriptionSettings } from "./transcription-plan.ts";
import { mergedTranscription, placedIn, transcriptionResult } from "./transcription-result.ts";

/** Most words of a piece that are told with the next one: Whisper takes 224 tokens of prompt. */
const toldWords = 60;

/** A piece on its way: what came of it, once it has come. */
interface Slot {
  readonly piece: SoundPiece;
  done?: TranscribedPiece;
}

/**
 * Transcribes a recording piece by piece, a bounded number at a time. When one fails no other begins, and what has come of
 * them, those that still run included, is the error's `partial`.
 */
export async function transcribePieces(
  input: TranscriptionInput,
  plan: TranscriptionPlan,
  { start, concurrency }: TranscriptionSettings & { readonly concurrency: number },
): Promise<TranscriptionResult> {
  const startedAt = performance.now();
  const cutting = new AbortController();
  const signal = input.signal ? AbortSignal.any([input.signal, cutting.signal]) : cutting.signal;
  const source = plan.pieces(signal)[Symbol.asyncIterator]();
  const earlier = input.checkpoint?.pieces ?? [];
  const slots: Slot[] = [];
  const results: TranscriptionResult[] = [];
  const failures: unknown[] = [];
  const unread: string[] = [];

  async function work(): Promise<void> {
    while (failures.length === 0) {
      const step = await source.next();
      if (step.done || failures.length > 0) return;
      const { startMs, endMs, warnings = [] } = step.value;
      unread.push(...warnings);
      // The place in the row is kept, the sound is not.
      const slot: Slot = { piece: { ...step.value, data: new Uint8Array() } };
      slots.push(slot);
      const known = earlier.find((piece) => piece.startMs === startMs && piece.endMs === endMs);
      slot.done = known ?? (await transcribed(step.value));
      if (!known)
        input.onProgress?.({ ...progress(), ...(plan.totalMs === undefined ? {} : { totalMs: plan.totalMs }) });
    }
  }

  async function transcribed(piece: SoundPiece): Promise<TranscribedPiece> {
    const request = plan.requestOf(piece);
    const prompt = input.continuity ? promptAfter(input.prompt, slots.at(-2)?.done) : request.prompt;
    const result = await finished(
      start(Object.freeze({ ...request, ...(prompt === undefined ? {} : { prompt }) }), { ...input, signal }),
      transcriptionResult,
    );
    results.push(result);
    return placedIn(piece, result);
  }

  /** The pieces from the beginning to the first that is missing, and all that there are. */
  function progress() {
    const gap = slots.findIndex(({ done }) => !done);
    const leading = piecesOf(gap < 0 ? slots : slots.slice(0, gap));
    return { doneMs: leading.at(-1)?.endMs ?? 0, checkpoint: { pieces: piecesOf(slots) } };
  }

  try {
    const workers = Array.from({ length: concurrency }, () =>
      work().catch((error: unknown) => {
        failures.push(error);
      }),
    );
    await Promise.all(workers);
  } finally {
    cutting.abort();
    await source.return?.();
  }
  if (failures.length > 0) throw withPartial(failures[0], slots);
  const done = piecesOf(slots);
  return mergedTranscription(joinTranscripts(done), done, results, performance.now() - startedAt, unread);
}

const piecesOf = (slots: readonly Slot[]): readonly TranscribedPiece[] => slots.flatMap(({ done }) => done ?? []);

/** The error with what was transcribed until there, and all that is done. */
function withPartial(error: unknown, slots: readonly Slot[]): unknown {
  if (!isInhouseError(error)) return error;
  const pieces = piecesOf(slots);
  if (pieces.length === 0) return error;
  const gap = slots.findIndex(({ done }) => !done);
  const { text, segments } = joinTranscripts(piecesOf(gap < 0 ? slots : slots.slice(0, gap)));
  const { endMs = 0 } = slots[gap - 1]?.piece ?? {};
  const hint = `${error.hint} ${pieces.length} pieces are done, without a gap up to ${endMs} ms: pass partial.checkpoint as checkpoint to go on.`;
  const partial = { text, reasoning: "", toolCalls: [], segments, checkpoint: { pieces } };
  return withDetails(error, { hint: hint.trim(), partial });
}

function promptAfter(prompt: string | undefined, before: TranscribedPiece | undefined): string | undefined {
  const said = before?.text.split(/\s+/).slice(-toldWords).join(" ");
  return [prompt, said].filter(Boolean).join(" ") || undefined;
}
