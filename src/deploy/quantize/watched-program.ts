import { runProgram, type RunOptions, type RunResult } from "../launch/run-program.ts";
import type { OnProgress } from "../work-progress.ts";

/** A program of llama.cpp that is run, who is told how far it is, and what ends it. */
export interface LlamaRun {
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** A run without its `onProgress`, which its reader calls. */
type WatchedRun = Omit<LlamaRun, "onProgress"> & Pick<RunOptions, "folder">;

/**
 * Runs a program to its end, and has its output read as it comes. What the reader throws ends the program and is what this
 * rejects with: an error of the caller's `onProgress` is the caller's. Else it rejects as `runProgram` does.
 */
export async function runWatched(
  { program, signal, ...surroundings }: WatchedRun,
  args: readonly string[],
  read: (text: string) => void,
): Promise<RunResult> {
  const thrown: unknown[] = [];
  const own = new AbortController();
  const onOutput = (text: string): void => {
    try {
      read(text);
    } catch (error) {
      thrown.push(error);
      own.abort();
    }
  };
  const both = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
  const result = await runProgram(program, args, { ...surroundings, signal: both, onOutput }).catch(
    (error: unknown) => {
      throw thrown.length > 0 ? thrown[0] : error;
    },
  );
  if (thrown.length > 0) throw thrown[0];
  return result;
}
