import type { CommandContext } from "../../src/cli/command.ts";
import { run } from "../../src/cli/run.ts";

/** What a command wrote and ended with. */
export interface Written {
  readonly code: number;
  readonly out: string;
  readonly problem: string;
}

/** Runs a command line in this process, without an environment; `surroundings` are those that it gets in place of none. */
export async function writtenIn(surroundings: Partial<CommandContext>, ...args: readonly string[]): Promise<Written> {
  const text = { out: "", problem: "" };
  const code = await run(args, {
    env: {},
    isTerminal: false,
    out: (more) => void (text.out += more),
    problem: (more) => void (text.problem += more),
    lines: nothingTyped,
    onInterrupt: () => ({ [Symbol.dispose]: () => undefined }),
    ...surroundings,
  });
  return { code, ...text };
}

/** Runs a command line in this process, without an environment, and with nobody at the terminal. */
export const written = (...args: readonly string[]): Promise<Written> => writtenIn({}, ...args);

/** Lines that are typed one after the other. */
export async function* typed(lines: Iterable<string>): AsyncGenerator<string> {
  yield* lines;
}

const nothingTyped = (): AsyncIterable<string> => typed([]);
