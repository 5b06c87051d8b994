import type { OnProgress } from "../work-progress.ts";
import type { ImatrixOptions } from "./make-imatrix.ts";

/** The text that an importance matrix is made of before its model is quantized. */
export type ImatrixText = Pick<
  ImatrixOptions,
  "text" | "target" | "overwrite" | "chunkTokens" | "chunks" | "parseSpecial"
>;

/** Options of `quantize`. */
export interface QuantizeOptions {
  /** The file to be made. Default: beside the source, named after it and the type. Its folder has to be there. */
  readonly target?: string;
  /** Replace a target that is there. Default false: it is refused. */
  readonly overwrite?: boolean;
  /**
   * An importance matrix of the same model: better answers, and needed below three bits. Its file, or the text that one is made of
   * first, as by `makeImatrix`; what was made stays, whatever becomes of the rest.
   */
  readonly imatrix?: string | ImatrixText;
  /** One type for all tensors that are quantized, and no mixture. Default false. */
  readonly pure?: boolean;
  /** A tensor type for the output layer, such as `Q8_0`. */
  readonly outputTensorType?: string;
  /** A tensor type for the embeddings. */
  readonly tokenEmbeddingType?: string;
  /** Parts remain parts, of which the target names the model: `model-Q4_0.gguf` makes `model-Q4_0-00001-of-00003.gguf`. Default false: they become one file. */
  readonly keepSplit?: boolean;
  /** Allow a source that is quantized already, which costs quality. Default false. */
  readonly allowRequantize?: boolean;
  /** Default: the program's own, all cores. */
  readonly threads?: number;
  /** Paths of programs that are not on `PATH`: `llama-quantize`, and `llama-imatrix` for a text. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** All of them, for `checkOptions`. */
export const quantizeOptionNames: Record<keyof QuantizeOptions, true> = {
  target: true,
  overwrite: true,
  imatrix: true,
  pure: true,
  outputTensorType: true,
  tokenEmbeddingType: true,
  keepSplit: true,
  allowRequantize: true,
  threads: true,
  programs: true,
  signal: true,
  onProgress: true,
};
