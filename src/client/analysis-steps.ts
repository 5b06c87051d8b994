import type { AnalysisCheckpoint, AnalysisNote, TranscriptStretch } from "../core/analysis-checkpoint.ts";
import { checkList, checkObject, checkString, wrong } from "./check.ts";

/** What an analysis has done, and what an earlier one had. */
export interface AnalysisSteps {
  /** Notes of a step that is done; undefined where it is not. */
  notes(key: string): readonly AnalysisNote[] | undefined;
  addNotes(key: string, notes: readonly AnalysisNote[]): void;
  transcript(key: string): readonly TranscriptStretch[] | undefined;
  addTranscript(key: string, stretches: readonly TranscriptStretch[]): void;
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
    addTranscript: (key, stretches) => void transcripts.set(key, stretches),
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
  for (const [name, steps] of Object.entries({ notes, transcripts })) {
    for (const [key, entries] of Object.entries(checkObject(`resume.${name}`, steps))) {
      for (const [index, entry] of checkList(`resume.${name}.${key}`, entries).entries()) {
        const place = `resume.${name}.${key}[${index}]`;
        const { text, sources } = checkObject(place, entry);
        checkString(`${place}.text`, text);
        if (name === "notes") checkList(`${place}.sources`, sources);
      }
    }
  }
}
