import { runProgram } from "./run-program.ts";

/** Runs a TypeScript file as a process of its own and parses what it prints; rejects with what it wrote where it failed. */
export async function runChild<Printed>(
  file: string,
  args: readonly string[],
  {
    flags = [],
    env = {},
  }: { readonly flags?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Printed> {
  const { code, stdout, stderr } = await runProgram(file, args, env, flags);
  if (stdout === "") throw new Error(`${file} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Printed; // what it found may make it fail
}
