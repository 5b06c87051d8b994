import type { AnalysisNote, AnalysisSource } from "../../core/analysis-checkpoint.ts";
import type { ErrorCode } from "../../core/error-codes.ts";
import type { FinishReason, Usage, Warning } from "../../core/result.ts";

/** What a call looked at, and what came of it. */
export interface AnalyzedPiece {
  /** What the model was shown, in the order of the material. */
  readonly sources: readonly AnalysisSource[];
  /** What it noted of that; empty where the whole material went into the answer's own call. */
  readonly notes: readonly AnalysisNote[];
  /** Absent where the notes came from a checkpoint, or the server counted nothing. */
  readonly usage?: Usage;
}

/** A piece of the material that is not in the answer, and why. */
export interface FailedPiece {
  readonly sources: readonly AnalysisSource[];
  readonly code: ErrorCode;
  readonly message: string;
}

/** What was said within a time of a recording, in milliseconds from its beginning. */
export interface TranscriptStretch {
  readonly fromMs: number;
  readonly toMs: number;
  /** Which of several recordings. */
  readonly part?: number;
  readonly text: string;
}

/** What was said in a recording or film. */
export interface Transcript {
  readonly text: string;
  /** Up to half a minute each where the server tells times; else the pieces that it was sent. */
  readonly stretches: readonly TranscriptStretch[];
}

/** The answer to a task about a material. */
export interface AnalysisResult {
  readonly text: string;
  /**
   * What the answer rests on, in the order of the material: the places of all notes that it was written from, or all of a
   * material that was short enough to be shown at once. It follows from what was sent, and not from the model's word.
   */
  readonly sources: readonly AnalysisSource[];
  /**
   * The places that the answer itself names by the marks that stood before them, such as `[page 3]`. A mark that was never
   * shown to the model is not among them, and a warning names it.
   */
  readonly cited: readonly AnalysisSource[];
  /** What was looked at, call by call. */
  readonly pieces: readonly AnalyzedPiece[];
  /** What could not be looked at, with `onPieceError: "skip"`. */
  readonly failedPieces: readonly FailedPiece[];
  readonly transcript?: Transcript;
  /** The server's name of the model that answered. */
  readonly model?: string;
  readonly finishReason: FinishReason;
  /** Of all calls of this run; absent where the server left one uncounted. */
  readonly usage?: Usage;
  /** How many calls to the model this run took. */
  readonly calls: number;
  readonly warnings: readonly Warning[];
  /** Where the time went, in milliseconds. */
  readonly timings: {
    readonly totalMs: number;
    readonly readMs: number;
    readonly mapMs: number;
    readonly answerMs: number;
  };
}

/** The answer to a task about a material, as a value that fits a schema. */
export interface StructuredAnalysisResult<Output> extends AnalysisResult {
  /** The answer as a value, validated here. */
  readonly output: Output;
}

/** What `analyze()` would do, as plain data; `summary` is for people. */
export interface AnalysisPlan {
  /** A line for each step. */
  readonly summary: string;
  /** Tokens of the model's window. */
  readonly contextLength: number;
  /** Tokens of it that a call has for the material, beside the task and the room for the answer. */
  readonly budgetTokens: number;
  /** Tokens of the material. */
  readonly tokens: number;
  /** Whether the server's own tokenizer counted them; pictures and sound, and speech before it is written down, are estimated. */
  readonly counted: boolean;
  readonly pieces: readonly { readonly source: AnalysisSource; readonly tokens: number }[];
  /** The calls that take notes, by what each is shown; one where everything fits into the answer's own call. */
  readonly groups: readonly { readonly sources: readonly AnalysisSource[]; readonly tokens: number }[];
  /** How many calls there will be: those that reduce notes are as many as there are if every note is as long as it may be. */
  readonly calls: { readonly transcribe: number; readonly map: number; readonly reduce: number; readonly answer: 1 };
  readonly warnings: readonly Warning[];
}
