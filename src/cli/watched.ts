import type { OnProgress } from "../deploy.ts";
import type { CommandContext } from "./command.ts";
import { interruptSignal } from "./interrupt-signal.ts";
import { progressLine } from "./progress-line.ts";

/** What long work is given. */
export interface Watching {
  readonly signal: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** Work whose progress is shown, unless it is to be read by a program, and that Ctrl-C ends in good order. */
export async function watched<Result>(
  json: boolean,
  context: CommandContext,
  work: (watching: Watching) => Promise<Result>,
): Promise<Result> {
  const line = progressLine({ write: (text) => context.problem(text), terminal: context.isTerminal });
  using interrupt = interruptSignal(context);
  const { signal } = interrupt;
  try {
    return await work({ signal, ...(json ? {} : { onProgress: line.onProgress }) });
  } finally {
    line.end();
  }
}
