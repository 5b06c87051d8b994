import type { AnalysisPiece } from "./analysis-piece.ts";
import type { Transcript } from "./analysis-result.ts";
import type { AnalysisRun } from "./analysis-run.ts";
import type { AnalysisWindow } from "./analysis-window.ts";

/** What is in one file, piece by piece. */
export interface Material {
  readonly pieces: Iterable<AnalysisPiece> | AsyncIterable<AnalysisPiece>;
  /** How many pieces there will be, where that is known. */
  readonly total?: number;
  readonly transcript?: Transcript;
  /** How many calls writing down what is said would take, where that was not done: for a plan. */
  readonly transcribe?: number;
}

/** How one file is read. */
export interface MaterialReading {
  readonly run: AnalysisRun;
  readonly window: AnalysisWindow;
  readonly name: string;
  /** Its number among several. */
  readonly part: { readonly part?: number };
  /** For a plan nothing is sent to a model that writes down what is said. */
  readonly isPlan: boolean;
}
