import { runProgram, type RunOptions, type RunResult } from "../launch/run-program.ts";

/** A program that is run, what ends it early, and its surroundings. */
export interface WatchedRun extends Pick<RunOptions, "env" | "folder" | "signal"> {
  readonly program: string;
}

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
