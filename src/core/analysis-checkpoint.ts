import type { TranscribedPiece } from "./transcript.ts";

/**
 * A place in the material of an analysis: a page of a PDF, a time of a recording or film in milliseconds, lines of a text,
 * or one of the `parts` as a whole. Pages, lines and parts are counted from 1; `part` is there where several were given.
 */
export type AnalysisSource =
  | { readonly page: number; readonly part?: number }
  | { readonly fromMs: number; readonly toMs: number; readonly part?: number }
  | { readonly fromLine: number; readonly toLine: number; readonly part?: number }
  | { readonly part: number };

/** What the model noted of the material, and where it says that it stands: else the whole piece that it was shown. */
export interface AnalysisNote {
  readonly text: string;
  readonly sources: readonly AnalysisSource[];
}

/** What was said in a recording, as far as it was written down. */
export interface AnalyzedSpeech {
  readonly pieces: readonly TranscribedPiece[];
  readonly isWhole: boolean;
}

/**
 * What an analysis has done so far, as plain data that can be saved as JSON: `analyze({ …, resume })` goes on from it. It
 * holds the model's notes and the transcript, hence words of the material. The keys are made of what was asked, so that
 * nothing is taken for an answer to something else.
 */
export interface AnalysisCheckpoint {
  readonly version: 1;
  /** Notes by the step that took them. */
  readonly notes: Readonly<Record<string, readonly AnalysisNote[]>>;
  /** What was said, by the recording. */
  readonly transcripts: Readonly<Record<string, AnalyzedSpeech>>;
}
