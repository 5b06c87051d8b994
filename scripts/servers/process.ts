import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Becomes the command, so that pid, exit code and signals are the command's own, and leaves a watcher in its process
 * group. Its standard input is a pipe that this process holds: when the command has ended, or this process has, even by
 * SIGKILL, the watcher reads the end, asks the group to end if it has $1 seconds to do so, removes the folder $2, and
 * kills the group: last of all what Python has for removing shared memory, which it does when the others are gone.
 */
const LEASH = `
exec 3<&0
grace=$1 removes=$2
shift 2
{
  trap "" TERM
  while read -r _; do :; done <&3
  if [ "$grace" -gt 0 ]; then
    kill -TERM 0
    sleep "$grace"
    kill -KILL $(ps -A -o pid= -o pgid= -o args= | awk -v group=$$ '$2 == group && !/resource_tracker/ { print $1 }')
    sleep 1
  fi
  rm -rf -- "$removes"
  kill -KILL 0
} >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-
`;

/** Those that have no time to end by themselves. The others' watchers do it: their pipe closes when this process ends. */
const killedAtExit = new Set<Child>();
process.on("exit", () => {
  for (const child of killedAtExit) killGroup(child);
});

export interface SpawnOptions {
  env?: NodeJS.ProcessEnv | undefined;
  /**
   * How long the rest of the group has to end by itself after the command has, whole seconds; it is told to by SIGTERM.
   * Default 0: it is killed at once.
   */
  lingerSeconds?: number | undefined;
  /** A folder that goes with the group. Whoever waits for the command's end removes it too, to be sure that it has gone. */
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
  if (lingerSeconds === 0) killedAtExit.add(child);
  const end = () => {
    killGroup(child);
    killedAtExit.delete(child);
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
  child.once("error", () => killedAtExit.delete(child));
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
