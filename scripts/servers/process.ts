import { type ChildProcessByStdio, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Becomes the command, so that pid, exit code and signals are the command's own, and leaves a watcher in its process
 * group. Its standard input is a pipe that this process holds: when this process dies, even by SIGKILL, the watcher
 * reads the end, asks the group to end if it is given $1 seconds to do so, removes the folder $2, and kills the group.
 */
const LEASH = `
exec 3<&0
grace=$1 removes=$2
shift 2
{
  trap "" TERM
  while read -r _; do :; done <&3
  if [ "$grace" -gt 0 ]; then kill -TERM 0; sleep "$grace"; fi
  rm -rf -- "$removes"
  kill -KILL 0
} >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-
`;

const LINES_OF_FAILURE = 30;

const alive = new Set<Child>();
process.on("exit", () => {
  for (const child of alive) killGroup(child);
});

export interface SpawnOptions {
  env?: NodeJS.ProcessEnv | undefined;
  /** How long the rest of the group has to clean up after the command's end, whole seconds. Default 0: none. */
  lingerSeconds?: number | undefined;
  /** A folder that goes when this process dies. When the command ends otherwise, whoever waits for it removes it. */
  removes?: string | undefined;
}

/** Starts a command in a process group of its own that does not outlive this process. */
export function spawnLeashed(command: string, args: readonly string[], options: SpawnOptions = {}): Child {
  const { env = process.env, lingerSeconds = 0, removes = "" } = options;
  const child = spawn("/bin/sh", ["-c", LEASH, "leash", String(lingerSeconds), removes, command, ...args], {
    detached: true,
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  alive.add(child);
  const end = () => {
    killGroup(child);
    alive.delete(child);
  };
  child.once("exit", () => {
    if (lingerSeconds === 0) return end();
    const late = setTimeout(end, lingerSeconds * 1000);
    // The output closes with the last process that writes to it; the watcher does not.
    child.once("close", () => {
      clearTimeout(late);
      end();
    });
  });
  child.once("error", () => alive.delete(child));
  return child;
}

/** Kills the command and whatever else is in its group. */
export function killGroup(child: Child): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone, which is what was wanted.
  }
}

/** Resolves when the command has ended and its output has been read to the end. */
export function exitOf(child: Child): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

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

/** Every executable file of that name on PATH, in order. */
export function programsOnPath(name: string): string[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
