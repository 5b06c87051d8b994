import type { AnalysisCheckpoint, AnalysisNote, AnalyzedSpeech } from "../../core/analysis-checkpoint.ts";
import { checkList, checkObject, checkString, wrong } from "../check.ts";

/** What an analysis has done, and what an earlier one had. */
export interface AnalysisSteps {
  /** Notes of a step that is done; undefined where it is not. */
  notes(key: string): readonly AnalysisNote[] | undefined;
  addNotes(key: string, notes: readonly AnalysisNote[]): void;
  /** What was said in a recording, as far as it is written down. */
  transcript(key: string): AnalyzedSpeech | undefined;
  addTranscript(key: string, speech: AnalyzedSpeech): void;
  /** All of it as plain data; undefined while nothing is done. */
  checkpoint(): AnalysisCheckpoint | undefined;
}

/** Begins with what a checkpoint holds; throws `invalid-request` for what is none. */
export function analysisSteps(resume: AnalysisCheckpoint | undefined): AnalysisSteps {
  if (resume !== undefined) check(resume);
  const notes = new Map(Object.entries(resume?.notes ?? {}));
  const transcripts = new Map(Object.entries(resume?.transcripts ?? {}));
  return {
    notes: (key) => notes.get(key),
    addNotes: (key, taken) => void notes.set(key, taken),
    transcript: (key) => transcripts.get(key),
    addTranscript: (key, speech) => void transcripts.set(key, speech),
    checkpoint() {
      if (notes.size + transcripts.size === 0) return undefined;
      return { version: 1, notes: Object.fromEntries(notes), transcripts: Object.fromEntries(transcripts) };
    },
  };
}

/** The key of a step: the same for the same question about the same material, whatever else has changed. */
export function stepKey(...asked: readonly unknown[]): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(JSON.stringify(asked)).digest("base64url").slice(0, 22);
}

function check(resume: unknown): void {
  const { version, notes, transcripts } = checkObject("resume", resume);
  if (version !== 1) {
    throw wrong(
      "resume",
      "this is no checkpoint of an analysis",
      "Pass error.partial.analysis, or what was saved of it.",
    );
  }
  for (const [key, list] of Object.entries(checkObject("resume.notes", notes))) {
    for (const [index, note] of checkList(`resume.notes.${key}`, list).entries()) {
      const place = `resume.notes.${key}[${index}]`;
      const { text, sources } = checkObject(place, note);
      checkString(`${place}.text`, text);
      checkList(`${place}.sources`, sources);
    }
  }
  for (const [key, speech] of Object.entries(checkObject("resume.transcripts", transcripts))) {
    checkList(`resume.transcripts.${key}.pieces`, checkObject(`resume.transcripts.${key}`, speech)["pieces"]);
  }
}
