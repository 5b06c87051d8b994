import { type Exit, exitOf, killGroup, spawnLeashed } from "./process.ts";

const LINES_OF_FAILURE = 30;

export interface RunOptions {
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  env?: NodeJS.ProcessEnv;
  /** Called with each piece of output as it comes. */
  onOutput?: (text: string) => void;
}

/** Runs a command to its end, or kills it at the time limit, and returns its output and errors together. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Exit & { readonly output: string }> {
  const { signal, timeoutMs, env, onOutput } = options;
  signal?.throwIfAborted();
  const child = spawnLeashed(command, args, { env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      onOutput?.(text);
    });
  }
  const end = () => killGroup(child);
  const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
  signal?.addEventListener("abort", end);
  try {
    const exit = await exitOf(child);
    signal?.throwIfAborted();
    return { ...exit, output };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
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
