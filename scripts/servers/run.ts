import { isInhouseError } from "../../src/core/error.ts";
import { runProgram, type RunOptions as ProgramOptions, type RunResult } from "../../src/deploy/launch/run-program.ts";

const LINES_OF_FAILURE = 30;

/** `env` is that of this process by default. */
export interface RunOptions extends Omit<ProgramOptions, "env"> {
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a command to its end, or kills it at the time limit. One that is not there or was killed has no exit code. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  try {
    return await runProgram(command, args, { env: process.env, ...options });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isInhouseError(error) || (error.code !== "not-found" && error.code !== "timeout")) throw error;
    return { code: null, signal: null, output: error.message };
  }
}

/** Runs a command that must succeed, and returns its output. */
export async function runToSuccess(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, signal, output } = await run(command, args, options);
  if (code === 0) return output;
  const lastLines = output.trimEnd().split("\n").slice(-LINES_OF_FAILURE).join("\n");
  throw new Error(`${[command, ...args].join(" ")} failed (${signal ?? `exit code ${code}`}):\n${lastLines}`);
}
