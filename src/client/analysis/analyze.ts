import { callEnd } from "../../core/call-end.ts";
import { isInhouseError, withDetails } from "../../core/error.ts";
import type { OutputInput } from "../../core/output-form.ts";
import type { OutputOptions } from "../output/structured-input.ts";
import { structuredOutput } from "../output/structured-output.ts";
import { runSignal } from "../run-signal.ts";
import { citedIn, sourcesOf, writeAnswer } from "./analysis-answer.ts";
import type { AnalysisInput } from "./analysis-input.ts";
import { readMaterial } from "./analysis-material.ts";
import { checkAnalysis } from "./analysis-options.ts";
import { planOf } from "./analysis-plan.ts";
import type { AnalysisPlan, AnalysisResult, StructuredAnalysisResult } from "./analysis-result.ts";
import { analysisRun, type AnalysisClient, type AnalysisRun } from "./analysis-run.ts";
import { analysisWindow } from "./analysis-window.ts";

/** What either form of an analysis takes. */
type AnyInput = AnalysisInput & Partial<OutputOptions<OutputInput>>;

/** Does a task with a file, however long it is: reads it, takes notes of it within the model's window, and answers from them. */
export async function analyze(
  input: AnyInput,
  client: AnalysisClient,
): Promise<AnalysisResult | StructuredAnalysisResult<unknown>> {
  checkAnalysis("analyze", input);
  const startedAt = performance.now();
  return during(input, client, async (run) => {
    const window = await analysisWindow(run, formOf(input));
    const { pieces, transcript } = await readMaterial(run, window);
    const readMs = performance.now() - startedAt;
    const answer = await writeAnswer(run, window, pieces);
    const { result } = answer;
    const { length: failed } = run.failedPieces;
    const count = failed === 1 ? "1 piece" : `${failed} pieces`;
    if (failed > 0) run.warn("onPieceError", `The answer is without ${count} of the material that failed.`);
    const totalMs = performance.now() - startedAt;
    return {
      text: result.text,
      ...("output" in result ? { output: result.output } : {}),
      sources: sourcesOf(answer.shown),
      cited: citedIn(run, answer),
      pieces: answer.pieces,
      failedPieces: run.failedPieces,
      ...(transcript === undefined ? {} : { transcript }),
      ...(result.model === undefined ? {} : { model: result.model }),
      finishReason: result.finishReason,
      ...run.spent(),
      warnings: run.warnings,
      timings: { totalMs, readMs, mapMs: answer.mapMs, answerMs: totalMs - readMs - answer.mapMs },
    };
  });
}

/** What `analyze()` would do with the same input; nothing is generated, and nothing is transcribed. */
export async function planAnalysis(input: AnyInput, client: AnalysisClient): Promise<AnalysisPlan> {
  checkAnalysis("planAnalysis", input);
  return during(input, client, async (run) => {
    const window = await analysisWindow(run, formOf(input));
    const { pieces, transcribe } = await readMaterial(run, window, "plan");
    return planOf(run, window, pieces, transcribe);
  });
}

/** Runs until it is done, aborted or too late, or the client is closed; an error takes what was done with it. */
async function during<Result>(
  input: AnyInput,
  client: AnalysisClient,
  work: (run: AnalysisRun) => Promise<Result>,
): Promise<Result> {
  client.running.checkOpen();
  const { signal, release } = runSignal(input, { ...client, ending: callEnd() });
  try {
    const run = analysisRun(client, input, signal);
    try {
      return await work(run);
    } catch (error) {
      throw resumable(error, run);
    } finally {
      await run.end();
    }
  } finally {
    release();
  }
}

/** The error with what was done until there; it is the caller's own, or has nothing to go on from, otherwise. */
function resumable(error: unknown, { steps }: AnalysisRun): unknown {
  const analysis = steps.checkpoint();
  if (!isInhouseError(error) || !analysis) return error;
  const text = Object.values(analysis.notes)
    .flatMap((notes) => notes.map((note) => note.text))
    .join("\n");
  const hint = `${error.hint} To go on from there, pass error.partial.analysis as resume.`.trim();
  return withDetails(error, { hint, partial: { text, reasoning: "", toolCalls: [], ...error.partial, analysis } });
}

/** What the form of the answer may add to its prompt, in the words of one. */
function formOf({ output }: AnyInput): string {
  return output === undefined ? "" : structuredOutput(output, "native").wanted;
}
