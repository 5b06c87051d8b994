import type { AnalysisNote } from "../../core/analysis-checkpoint.ts";
import { InhouseError, isInhouseError } from "../../core/error.ts";
import type { ChatResult } from "../../core/result.ts";
import { structuredChat } from "../output/structured-chat.ts";
import { isStructured } from "../output/structured-input.ts";
import { groupsOf } from "./analysis-groups.ts";
import { citationsIn, distinctSources, markOf, markTable } from "./analysis-marks.ts";
import type { AnalysisPiece, CountedPiece } from "./analysis-piece.ts";
import { analysisMessages, answerFromMaterial, answerFromNotes } from "./analysis-prompts.ts";
import type { AnalyzedPiece } from "./analysis-result.ts";
import type { AnalysisRun } from "./analysis-run.ts";
import type { AnalysisWindow } from "./analysis-window.ts";
import { loaded, takeNotes } from "./take-notes.ts";

/** An answer, and what it was written from. */
export interface WrittenAnswer {
  readonly result: ChatResult & { readonly output?: unknown };
  readonly shown: readonly AnalysisPiece[];
  readonly pieces: readonly AnalyzedPiece[];
  readonly mapMs: number;
}

/** Tokens of these pieces together. */
export const tokensOf = (pieces: readonly CountedPiece[]): number =>
  pieces.reduce((sum, { tokens }) => sum + tokens, 0);

/** Has the task done: at once where everything fits into one call, else with notes that are taken of it group by group. */
export async function writeAnswer(
  run: AnalysisRun,
  window: AnalysisWindow,
  pieces: readonly CountedPiece[],
): Promise<WrittenAnswer> {
  if (tokensOf(pieces) <= window.answer.budget) {
    try {
      const result = await answerTo(run, window, answerFromMaterial, pieces);
      const usage = result.usage === undefined ? {} : { usage: result.usage };
      return { result, shown: pieces, pieces: [{ sources: sourcesOf(pieces), notes: [], ...usage }], mapMs: 0 };
    } catch (error) {
      // What was estimated may be more after all.
      if (!isInhouseError(error) || error.code !== "context-length") throw error;
    }
  }
  const startedAt = performance.now();
  const analyzed = await inGroups(run, window, pieces, "material");
  const notes = analyzed.flatMap((piece) => piece.notes);
  if (notes.length === 0) run.warn("notes", "The model noted nothing of the material.");
  for (let { budget } = window.answer, shown = await counted(window, notes); ; budget /= 2) {
    shown = await reduced(run, window, shown, budget);
    const mapMs = performance.now() - startedAt;
    try {
      return { result: await answerTo(run, window, answerFromNotes, shown), shown, pieces: analyzed, mapMs };
    } catch (error) {
      if (!isInhouseError(error) || error.code !== "context-length" || shown.length < 2) throw error;
    }
  }
}

async function counted(window: AnalysisWindow, notes: readonly AnalysisNote[]): Promise<readonly CountedPiece[]> {
  const pieces: CountedPiece[] = [];
  for (const note of notes) pieces.push({ ...note, tokens: await window.count(note) });
  return pieces;
}

/** Notes that fit into the call that writes the answer: as they are, or condensed as often as it takes. */
async function reduced(
  run: AnalysisRun,
  window: AnalysisWindow,
  notes: readonly CountedPiece[],
  budget: number,
): Promise<readonly CountedPiece[]> {
  const before = tokensOf(notes);
  if (before <= budget) return notes;
  const condensed = (await inGroups(run, window, notes, "notes")).flatMap((piece) => piece.notes);
  const fewer = await counted(window, condensed);
  if (tokensOf(fewer) < before) return reduced(run, window, fewer, budget);
  throw new InhouseError("limit", `The notes have ${before} tokens, and the model does not make them shorter.`, {
    hint: "Use a stronger model, or a larger context.",
  });
}

/** Has notes taken of each group; what fails, and may be missing, is left out. */
async function inGroups(
  run: AnalysisRun,
  window: AnalysisWindow,
  pieces: readonly CountedPiece[],
  from: "material" | "notes",
): Promise<readonly AnalyzedPiece[]> {
  const stage = from === "material" ? "map" : "reduce";
  const groups = groupsOf(pieces, window.notes.budget);
  let done = 0;
  run.report({ stage, done, total: groups.length });
  const analyzed = await run.each(groups, async (group) => {
    const sources = sourcesOf(group.pieces);
    let taken: AnalyzedPiece | undefined;
    try {
      taken = { sources, ...(await takeNotes(run, window, group.pieces, from)) };
    } catch (error) {
      run.fail(sources, error);
    }
    done += 1;
    const last = sources.at(-1);
    run.report({ stage, done, total: groups.length, ...(last === undefined ? {} : { source: last }) });
    return taken;
  });
  const all = analyzed.filter((piece) => piece !== undefined);
  if (all.length > 0 || groups.length === 0) return all;
  const { code = "limit", message = "" } = run.failedPieces.at(-1) ?? {};
  throw new InhouseError(code, `No piece of the material could be read: ${message}`);
}

/** The call that writes the answer. */
async function answerTo(
  run: AnalysisRun,
  window: AnalysisWindow,
  instructions: string,
  pieces: readonly AnalysisPiece[],
): Promise<WrittenAnswer["result"]> {
  run.report({ stage: "answer", done: 0, total: 1 });
  const shown = (await loaded(pieces)).map((piece) => piece.shown);
  const nothing = { text: "Nothing in the material matters for the task.\n\n", media: [] };
  const messages = analysisMessages(instructions, run.input.task, shown.length === 0 ? [nothing] : shown);
  const { maxTokens } = window.answer;
  let result: WrittenAnswer["result"];
  if (isStructured(run.input)) {
    const { output, outputStrategy, maxOutputRetries } = run.input;
    const asked = {
      ...run.chatOptions,
      messages,
      maxTokens,
      output,
      ...(outputStrategy === undefined ? {} : { outputStrategy }),
      ...(maxOutputRetries === undefined ? {} : { maxOutputRetries }),
    };
    result = run.enter(await structuredChat(asked, run.client));
  } else result = await run.ask(messages, { maxTokens });
  if (result.finishReason === "length") run.warn("maxTokens", `The answer was cut at ${maxTokens} tokens.`);
  run.report({ stage: "answer", done: 1, total: 1 });
  return result;
}

/** The places of these pieces, each once, in the order of the material. */
export const sourcesOf = (pieces: readonly AnalysisPiece[]) =>
  distinctSources(pieces.flatMap(({ sources }) => sources));

/** The places that an answer names, of those that it was shown; a warning for each that it invents. */
export function citedIn(run: AnalysisRun, { result, shown }: WrittenAnswer) {
  // A note that is from several places names each of them in its own words.
  const each = shown.flatMap(({ sources }) => sources.map((source) => [source]));
  const table = markTable(
    [...shown.map((piece) => piece.sources), ...each].map((sources) => [markOf(sources), sources]),
  );
  const { sources, unknown } = citationsIn(result.text, table);
  for (const mark of unknown) run.warn("cited", `The answer names [${mark}], which the model was not shown.`);
  return sources;
}
