import { stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";

import { checkOptions } from "../../core/check-options.ts";
import { abortError, InhouseError } from "../../core/error.ts";
import { pinFile } from "../files/pin-files.ts";
import type { PinnedFile } from "../files/pinned-file.ts";
import { findProgram, type ProgramPlaces } from "../launch/find-program.ts";
import { runProgram } from "../launch/run-program.ts";
import { fileFailure, fileSource } from "../shape/file-source.ts";
import { readGguf } from "../shape/gguf.ts";
import type { OnProgress } from "../work-progress.ts";
import { llamaProgramsHint } from "./llama-quantize.ts";
import { partFolder, refuseExisting } from "./part-folder.ts";

/** Options of `makeImatrix`. */
export interface ImatrixOptions {
  /** The file of the text to calibrate by: some 100 KB and more of what the model will read, in the model's own chat format where it chats. */
  readonly text: string;
  /** Default: beside the model, `MODEL.imatrix.gguf`. */
  readonly target?: string;
  /** Default false. */
  readonly overwrite?: boolean;
  /** Tokens of a chunk. Default 512. */
  readonly chunkTokens?: number;
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
  chunks: true,
  threads: true,
  programs: true,
  signal: true,
  onProgress: true,
};

/**
 * Makes an importance matrix of a model with `llama-imatrix`: what `quantize` takes to know which weights matter. The model reads
 * the text once, which takes as long as reading does. Rejects with `not-found` without the program, the model or the text,
 * `invalid-request` for a text of too few tokens and a target that is there, and `server` where the program fails.
 */
export async function makeImatrix(
  model: string,
  options: ImatrixOptions,
  env: ProgramPlaces["env"],
): Promise<PinnedFile> {
  checkOptions("makeImatrix", options, optionNames);
  const { text, overwrite = false, chunkTokens = 512, chunks, threads, signal, onProgress } = options;
  if (signal?.aborted) throw abortError(signal);
  for (const path of [model, text]) {
    await stat(path).catch((error: unknown) => Promise.reject(fileFailure(path, error)));
  }
  const places = { programs: options.programs, env };
  const program = resolve(await findProgram("llama-imatrix", llamaProgramsHint, places));
  const target = resolve(options.target ?? join(dirname(model), `${basename(model, extname(model))}.imatrix.gguf`));
  if (!overwrite) await refuseExisting([target]);
  const folder = await partFolder(target, env);
  try {
    const made = join(folder.path, basename(target));
    const numbers = { "-c": chunkTokens, "-b": Math.max(chunkTokens, 512), "--chunks": chunks, "-t": threads };
    const args = [
      "-m",
      resolve(model),
      "-f",
      `./${basename(text)}`,
      "-o",
      made,
      "--output-format",
      "gguf",
      ...Object.entries(numbers).flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)])),
    ];
    const watch = chunkWatch(onProgress);
    // The text's name is written into the matrix, and a whole path would tell of this machine: it is named from its folder.
    const run = { env, signal: watch.until(signal), folder: dirname(resolve(text)), onOutput: watch.read };
    const { code, output } = await runProgram(program, args, run).catch((error: unknown) => {
      throw watch.thrown[0] ?? error;
    });
    if (watch.thrown.length > 0) throw watch.thrown[0];
    if (code !== 0) throw failureOf(program, code, output);
    await checkReadable(made, signal);
    const file = await pinFile(made, { signal, onProgress });
    await folder.install([target], overwrite);
    return { ...file, path: target };
  } finally {
    await folder.remove();
  }
}

async function checkReadable(path: string, signal: AbortSignal | undefined): Promise<void> {
  const source = await fileSource(path);
  try {
    await readGguf(source, signal);
  } finally {
    await source.close();
  }
}

/** Reads `[12]4.5612,` for each chunk that is done, of `computing over 40 chunks`. */
function chunkWatch(onProgress: OnProgress | undefined) {
  const thrown: unknown[] = [];
  const own = new AbortController();
  let seen = "";
  return {
    thrown,
    until: (signal: AbortSignal | undefined) => (signal ? AbortSignal.any([signal, own.signal]) : own.signal),
    read(text: string): void {
      seen = (seen + text).slice(-65_536);
      const [, total] = /over (\d+) chunks/.exec(seen) ?? [];
      const done = [...seen.matchAll(/\[(\d+)\]/g)].at(-1)?.[1];
      if (total === undefined || done === undefined) return;
      try {
        onProgress?.({ task: `reading the text, in ${total} chunks`, done: Number(done), total: Number(total) });
      } catch (error) {
        thrown.push(error); // an error of the caller's onProgress ends the work, and nothing else
        own.abort();
      }
    },
  };
}

function failureOf(program: string, code: number | null, output: string): InhouseError {
  if (/you need at least \d+ tokens/.test(output)) {
    return new InhouseError("invalid-request", "The text has too few tokens for one chunk.", {
      hint: "Give more text, some 100 KB and more, or lower chunkTokens.",
    });
  }
  const last = (output.trimEnd().split("\n").at(-1) ?? "").slice(0, 300);
  return new InhouseError("server", `${program} failed (${code === null ? "killed" : `exit code ${code}`}): ${last}`, {
    retryable: false,
    hint: "The message is the program's own.",
  });
}
