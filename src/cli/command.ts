/** Where a command writes, and what it gets of its surroundings. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Somebody reads and types: there may be questions, and lines that are written anew. */
  readonly isTerminal: boolean;
  out(text: string): void;
  problem(text: string): void;
  /** Calls the listener at each Ctrl-C, in the place of the program's end, until it is disposed of. */
  onInterrupt(listener: () => void): Disposable;
}

/** One command: its page of help, and what it does. Resolves to the exit code. */
export interface Command {
  readonly summary: string;
  readonly help: string;
  run(args: readonly string[], context: CommandContext): Promise<number>;
}
