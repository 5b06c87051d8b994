import type { OnProgress } from "../work-progress.ts";
import { compareScores, type ModelComparison } from "./compare-scores.ts";
import { comparisonText } from "./comparison-text.ts";
import type { ScoreText } from "./text-scores.ts";

/** What both models read, and how that is followed. */
export interface ComparisonOptions {
  /** Default: a text of some 360 tokens of prose, numbers, code and German. */
  readonly text?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * Has two models score the same text, one after the other, and compares them. It tells how far the one has moved from the other, and not
 * how good either is: a text of a few hundred tokens tells models of two and of four bits apart, and hardly one of eight from one of
 * sixteen. Rejects with `invalid-request` where their tokenizers differ, and with what the servers answer.
 */
export async function compareModels(
  source: ScoreText,
  result: ScoreText,
  { text = comparisonText, signal, onProgress }: ComparisonOptions = {},
): Promise<ModelComparison> {
  const scored = (scores: ScoreText, task: string) =>
    scores(text, { signal, onToken: (done, total) => onProgress?.({ task, done, total }) });
  return compareScores(
    await scored(source, "scoring the text with the source"),
    await scored(result, "scoring the text with the result"),
  );
}
