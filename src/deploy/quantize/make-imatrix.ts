import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { checkOptions } from "../../core/check-options.ts";
import { abortError, InhouseError, isInhouseError } from "../../core/error.ts";
import { pinFile } from "../files/pin-files.ts";
import type { PinnedFile } from "../files/pinned-file.ts";
import { findProgram, type ProgramPlaces } from "../launch/find-program.ts";
import { fileFailure } from "../shape/file-source.ts";
import type { OnProgress } from "../work-progress.ts";
import { checkedCount } from "./checked-count.ts";
import { readImatrix, type ImatrixFacts } from "./imatrix-file.ts";
import { runLlamaImatrix, type LlamaImatrixWords } from "./llama-imatrix.ts";
import { llamaProgramsHint } from "./llama-quantize.ts";
import { partFolder, refuseExisting } from "./part-folder.ts";
import { sourceShape } from "./quantization-source.ts";
import { diskWasFull, modelNameOf } from "./quantization-targets.ts";

/** Options of `makeImatrix`. */
export interface ImatrixOptions {
  /** The file of the text to calibrate by: some 100 KB and more of what the model will read. */
  readonly text: string;
  /** Default: beside the model and named after it, `MODEL.imatrix.gguf`. */
  readonly target?: string;
  /** Default false. */
  readonly overwrite?: boolean;
  /** Tokens of a chunk. Default 512. */
  readonly chunkTokens?: number;
  /** Take the marks of the model's chat format, such as `<|im_start|>`, as such where the text has them. Default false: as letters. */
  readonly parseSpecial?: boolean;
  /** Chunks that are read at most. Default: the whole text. */
  readonly chunks?: number;
  /** Default: the program's own. */
  readonly threads?: number;
  /** Paths of programs that are not on `PATH`: `llama-imatrix`. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

const optionNames: Record<keyof ImatrixOptions, true> = {
  text: true,
  target: true,
  overwrite: true,
  chunkTokens: true,
  parseSpecial: true,
  chunks: true,
  threads: true,
  programs: true,
  signal: true,
  onProgress: true,
};

/** An importance matrix that was made, and read back. */
export interface MadeImatrix extends PinnedFile, ImatrixFacts {
  readonly warnings: readonly string[];
}

/**
 * Makes an importance matrix of a model with `llama-imatrix`: what `quantize` takes to know which weights matter. The model reads
 * the text once, which takes as long as reading does. After an error or an abort there is nothing but what was there before. Rejects
 * with `not-found` without the program, the model or the text, `invalid-request` for a text of too few tokens, a file that is no
 * model and a target that is there, `unsupported` for a folder of safetensors, and `server` where the program fails.
 */
export async function makeImatrix(
  model: string,
  options: ImatrixOptions,
  env: ProgramPlaces["env"],
): Promise<MadeImatrix> {
  checkOptions("makeImatrix", options, optionNames);
  const { overwrite = false, signal, onProgress, programs } = options;
  const choice = {
    chunkTokens: checkedCount("makeImatrix: chunkTokens", options.chunkTokens) ?? 512,
    chunks: checkedCount("makeImatrix: chunks", options.chunks),
    threads: checkedCount("makeImatrix: threads", options.threads),
    parseSpecial: options.parseSpecial,
  };
  if (signal?.aborted) throw abortError(signal);
  const { sources } = await sourceShape(model, { program: "llama-imatrix", signal });
  const text = resolve(options.text);
  await refuseEmpty(text);
  const program = resolve(await findProgram("llama-imatrix", llamaProgramsHint, { programs, env }));
  const target = resolve(options.target ?? join(dirname(model), `${modelNameOf(model)}.imatrix.gguf`));
  if (!overwrite) await refuseExisting([target], "To quantize with it as it is, name it as imatrix. ");
  const folder = await partFolder(target, env);
  try {
    const made = join(folder.path, basename(target));
    const running = { program, env, signal, onProgress };
    const { partial, hasFailedToWrite } = await runLlamaImatrix(sources[0] ?? "", text, made, choice, running);
    const facts = await readImatrix(made, signal).catch(async (cause: unknown) => {
      if (isInhouseError(cause) && cause.code === "abort") throw cause;
      throw hasFailedToWrite ? await diskWasFull(folder.path, undefined, cause) : noMatrix(cause);
    });
    const file = await pinFile(made, { signal, onProgress });
    await folder.install([target], overwrite);
    return { ...file, path: target, ...facts, warnings: partialWarnings(partial) };
  } finally {
    await folder.remove();
  }
}

async function refuseEmpty(text: string): Promise<void> {
  const stats = await stat(text).catch((error: unknown) => Promise.reject(fileFailure(text, error)));
  if (stats.isFile() && stats.size > 0) return;
  throw new InhouseError("invalid-request", stats.isFile() ? `${text} is empty.` : `${text} is not a file.`, {
    hint: "Name one file of text, some 100 KB and more.",
  });
}

const noMatrix = (cause: unknown): InhouseError =>
  new InhouseError("server", "llama-imatrix ended well, and made no matrix.", {
    retryable: false,
    hint: "Is it the program of llama.cpp?",
    cause,
  });

function partialWarnings(partial: LlamaImatrixWords["partial"]): readonly string[] {
  if (partial.size === 0) return [];
  const least = Math.min(...partial.values());
  return [
    `The text did not reach all experts of ${partial.size} tensors, of one ${least} % alone: take more text of more kinds.`,
  ];
}
