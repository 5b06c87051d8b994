import type { AnalysisCheckpoint, AnalysisSource } from "../../core/analysis-checkpoint.ts";
import type { MediaSource } from "../../core/media-file.ts";
import type { Part } from "../../core/message.ts";
import type { OutputInput } from "../../core/output-form.ts";
import type { TranscriptionResult } from "../../core/result.ts";
import type { OcrOptions } from "../../media/ocr.ts";
import type { CallOptions, ChatInput, MediaPartInput } from "../inputs.ts";
import type { OutputOptions } from "../output/structured-input.ts";
import type { TranscriptionInput } from "../transcription/transcription-input.ts";

/** What an analysis may look at: text (a PDF's text layer, what was said), pictures (pages, frames too), sound itself. */
export type AnalysisModality = "text" | "image" | "audio";

/** A file for an analysis: its bytes, where they are, or a part as a message has it. */
export type AnalysisFile =
  | MediaSource
  | Omit<MediaPartInput, "type">
  | MediaPartInput
  | Exclude<Part, { readonly type: "text" }>;

/** Who writes down what is said: a client, with the name of its speech model where it has several models. */
export type Transcriber = TranscribingClient | { readonly client: TranscribingClient; readonly model?: string };

/** A client, as far as writing down what is said goes. */
export interface TranscribingClient {
  transcribe(input: TranscriptionInput): Promise<TranscriptionResult>;
}

/** How far an analysis has come. */
export interface AnalysisProgress {
  /**
   * `read` opens the material and counts it, `transcribe` writes down what is said in it, `map` takes notes of each group of
   * pieces, `reduce` condenses notes that are too many, `answer` writes the answer. A short material has only `read` and `answer`.
   */
  readonly stage: "read" | "transcribe" | "map" | "reduce" | "answer";
  /** Pages, pieces or calls that are done, those that were skipped included; of `transcribe`, milliseconds of the recording. */
  readonly done: number;
  /** How many there are, where that is known. */
  readonly total?: number;
  /** What was done last. */
  readonly source?: AnalysisSource;
}

/** What `analyze()` takes: one of `file`, `image`, `audio`, `video` and `parts`, and a task. */
export interface AnalysisInput
  extends CallOptions, Pick<ChatInput, "maxTokens" | "temperature" | "seed" | "reasoning"> {
  /** Any file that can be read: a PDF, a text (Markdown, CSV), a picture, a recording, a film. */
  readonly file?: AnalysisFile;
  /** A picture; anything else is refused. */
  readonly image?: AnalysisFile;
  /** A recording; anything else is refused. */
  readonly audio?: AnalysisFile;
  /** A film; anything else is refused. */
  readonly video?: AnalysisFile;
  /** Several files and texts, such as two pictures to compare. */
  readonly parts?: readonly (AnalysisFile | Part)[];
  /** What to do with the material, in words. */
  readonly task: string;
  /** What may be looked at. Default: all that the model, or the transcriber, can. */
  readonly modalities?: readonly AnalysisModality[];
  /**
   * Reads the text of scans and pictures by OCR where the model does not see them: needs the packages `tesseract.js` and
   * `@tesseract.js-data/eng`, or others for other languages. Default false.
   */
  readonly ocr?: boolean | OcrOptions;
  /** Writes down what is said in recordings and films. Default: this client, where its server can. */
  readonly transcriber?: Transcriber;
  /** Most tokens of the answer. Default 1,024; a quarter of the model's window at the most. */
  readonly maxTokens?: number;
  /** Tokens of the model's window. Default: what the server tells; 4,096, with a warning, where it tells nothing. */
  readonly contextLength?: number;
  /** Most calls at a time. Default 2. */
  readonly concurrency?: number;
  /** Most pages, frames, stretches of speech and blocks of text together; more fail with `limit`. Default 2,000. */
  readonly maxPieces?: number;
  /** Told of each step when it is done. What it throws ends the analysis. */
  readonly onProgress?: (progress: AnalysisProgress) => void;
  /**
   * What becomes of a piece that fails after its retries: `fail`, the default, ends the analysis with its error, whose
   * `partial.analysis` holds what was done; `skip` goes on without it and lists it in `failedPieces`.
   */
  readonly onPieceError?: "fail" | "skip";
  /** Goes on from the `partial.analysis` of an error: what is done is not done again. */
  readonly resume?: AnalysisCheckpoint;
}

/** What `analyze()` takes for an answer that fits a schema. */
export interface StructuredAnalysisInput<Given extends OutputInput> extends AnalysisInput, OutputOptions<Given> {}
