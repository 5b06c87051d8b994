import { runProgram, type Ran } from "./run-program.ts";

/** Runs a file of examples/ as its reader would, with these arguments and variables of the environment. */
export const runExample = (
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ran> => runProgram(`examples/${file}`, args, env);
