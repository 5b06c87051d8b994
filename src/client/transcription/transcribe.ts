import type { TranscriptionResult } from "../../core/result.ts";
import { checkList, checkNumber, checkObject } from "../check.ts";
import { finished } from "../results.ts";
import type { TranscriptionInput } from "./transcription-input.ts";
import { planTranscription, transcriptionKeys, type TranscriptionSettings } from "./transcription-plan.ts";
import { transcriptionResult } from "./transcription-result.ts";

const keys = { ...transcriptionKeys, concurrency: true, continuity: true, checkpoint: true, onProgress: true };

/** Writes down what is said in a recording; a long one in pieces, put together again. */
export async function transcribe(
  input: TranscriptionInput,
  settings: TranscriptionSettings,
): Promise<TranscriptionResult> {
  const plan = await planTranscription(input, keys, settings, false);
  const concurrency = checkNumber("concurrency", input.concurrency ?? 2, { min: 1, integer: true });
  for (const piece of checkList("checkpoint.pieces", input.checkpoint?.pieces ?? []))
    checkObject("checkpoint.pieces", piece);
  if (plan.whole) return finished(settings.start(plan.whole, input), (call) => transcriptionResult(call, plan.totalMs));
  const { transcribePieces } = await import("./transcribe-pieces.ts"); // most recordings are short
  return transcribePieces(input, plan, { ...settings, concurrency: input.continuity ? 1 : concurrency });
}
