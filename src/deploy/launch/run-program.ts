import { abortError, InhouseError } from "../../core/error.ts";
import { exitOf, killGroup, startLeashed } from "./leashed-process.ts";

export interface RunOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** It is killed then. Default: no limit. */
  readonly timeoutMs?: number | undefined;
  /** Called with each piece of output and errors as it comes. */
  readonly onOutput?: ((text: string) => void) | undefined;
}

/** A program that has ended. */
export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of its output and errors together. */
  readonly output: string;
}

const mostCharacters = 1_048_576;

/**
 * Runs a program to its end without a shell; it does not outlive this process. Rejects with `not-found` where it cannot be
 * started, and when aborted or out of time, once it is gone.
 */
export async function runProgram(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { signal, timeoutMs, onOutput, env, folder } = options;
  if (signal?.aborted) throw abortError(signal);
  const child = startLeashed(command, args, { env, folder });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-mostCharacters);
      onOutput?.(text);
    });
  }
  let isLate = false;
  const end = (): void => killGroup(child);
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          isLate = true;
          end();
        }, timeoutMs);
  signal?.addEventListener("abort", end);
  try {
    const exit = await exitOf(child);
    if (signal?.aborted) throw abortError(signal);
    if (isLate) {
      throw new InhouseError("timeout", `${command} did not end within ${timeoutMs} ms.`, { phase: "total" });
    }
    // A shell's own words for a program that is not there, or may not be run.
    if (exit.code === 127 || exit.code === 126) {
      throw new InhouseError("not-found", `${command} cannot be started: ${lastLine(output)}`, {
        hint: "Check the path of the program.",
      });
    }
    return { ...exit, output };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

const lastLine = (output: string): string => output.trimEnd().split("\n").at(-1) ?? "";
