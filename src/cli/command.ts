/** Where a command writes, and what it gets of its surroundings. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  problem(text: string): void;
}

/** One command: its page of help, and what it does. Resolves to the exit code. */
export interface Command {
  readonly summary: string;
  readonly help: string;
  run(args: readonly string[], context: CommandContext): Promise<number>;
}
