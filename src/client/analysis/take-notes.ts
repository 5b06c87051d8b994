import type { AnalysisNote } from "../../core/analysis-checkpoint.ts";
import { isInhouseError } from "../../core/error.ts";
import type { Usage } from "../../core/result.ts";
import { sumUsage } from "../sum-usage.ts";
import { distinctSources, markOf, markTable } from "./analysis-marks.ts";
import { halvesOf, markedText, type AnalysisPiece } from "./analysis-piece.ts";
import { analysisMessages, notesFromMaterial, notesFromNotes, type ShownPiece } from "./analysis-prompts.ts";
import type { AnalysisRun } from "./analysis-run.ts";
import { stepKey } from "./analysis-steps.ts";
import type { AnalysisWindow } from "./analysis-window.ts";
import { notesFormat, readNotes } from "./read-notes.ts";

/** Notes that one or more calls took of a group of pieces. */
export interface TakenNotes {
  readonly notes: readonly AnalysisNote[];
  readonly usage?: Usage;
}

/** A piece whose picture or sound is there. */
interface LoadedPiece {
  readonly piece: AnalysisPiece;
  readonly shown: ShownPiece;
}

/** The pieces as the model is shown them; pictures and sounds are made now, in their order. */
export async function loaded(pieces: readonly AnalysisPiece[]): Promise<readonly LoadedPiece[]> {
  const list: LoadedPiece[] = [];
  for (const piece of pieces) {
    list.push({ piece, shown: { text: markedText(piece), media: (await piece.load?.()) ?? [] } });
  }
  return list;
}

/** Has the model take notes of pieces of the material, or of notes; what a checkpoint has is not asked for again. */
export async function takeNotes(
  run: AnalysisRun,
  window: AnalysisWindow,
  pieces: readonly AnalysisPiece[],
  from: "material" | "notes",
): Promise<TakenNotes> {
  const key = stepKey(
    from,
    run.input.task,
    pieces.map(({ sources, text, identity }) => [markOf(sources), text, identity]),
  );
  const known = run.steps.notes(key);
  if (known) return { notes: known };
  const taken = await notesFrom(run, window, await loaded(pieces), from);
  run.steps.addNotes(key, taken.notes);
  return taken;
}

/** One call; or two for the halves, where the server finds the prompt too long after all. */
async function notesFrom(
  run: AnalysisRun,
  window: AnalysisWindow,
  pieces: readonly LoadedPiece[],
  from: "material" | "notes",
): Promise<TakenNotes> {
  const table = markTable(pieces.map(({ piece: { sources } }) => [markOf(sources), sources]));
  const isHeld = window.model?.capabilities.structuredOutput.supported === "yes";
  const instructions = from === "material" ? notesFromMaterial : notesFromNotes;
  const messages = analysisMessages(
    instructions,
    run.input.task,
    pieces.map(({ shown }) => shown),
  );
  try {
    const result = await run.ask(messages, {
      maxTokens: window.notes.maxTokens,
      ...(isHeld ? { responseFormat: notesFormat([...table.keys()], window.notes.maxTokens) } : {}),
      ...(window.notesWithoutThinking ? { reasoning: false } : {}),
    });
    const whole = distinctSources(pieces.flatMap(({ piece: { sources } }) => sources));
    if (result.finishReason === "length") {
      run.warn("notes", `Some notes were cut at ${window.notes.maxTokens} tokens.`);
    }
    const notes = readNotes(result.text, table, whole, isHeld ? "json" : "lines");
    return { notes, ...(result.usage === undefined ? {} : { usage: result.usage }) };
  } catch (error) {
    const halves = isInhouseError(error) && error.code === "context-length" ? halved(pieces) : undefined;
    if (!halves) throw error;
    const [first, second] = [
      await notesFrom(run, window, halves[0], from),
      await notesFrom(run, window, halves[1], from),
    ];
    const usage = sumUsage([first.usage, second.usage]);
    return { notes: [...first.notes, ...second.notes], ...(usage === undefined ? {} : { usage }) };
  }
}

function halved(pieces: readonly LoadedPiece[]): readonly [readonly LoadedPiece[], readonly LoadedPiece[]] | undefined {
  const middle = pieces.length >> 1;
  if (middle > 0) return [pieces.slice(0, middle), pieces.slice(middle)];
  const halves = pieces[0] && halvesOf(pieces[0].piece);
  if (!halves) return undefined;
  const [first, second] = halves.map((piece) => [{ piece, shown: { text: markedText(piece), media: [] } }]);
  return first && second && [first, second];
}
