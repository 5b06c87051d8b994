import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

import type { ServerExit } from "./launched-server.ts";

/** A process with its output, whose standard input is the leash. */
export type LeashedProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Becomes the command, so that pid, exit code and signals are the command's own, and leaves a watcher in its process
 * group. Its standard input is a pipe that this process holds: when the command has ended, or this process has, even by
 * SIGKILL, the watcher reads the end, asks the group to end if it has $1 seconds to do so, removes the folder $2, and
 * kills the group: last of all what Python has for removing shared memory, which it does when the others are gone.
 */
const leash = `
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

export interface LeashOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where it runs. Default: where this process does. */
  readonly folder?: string | undefined;
  /**
   * How long the rest of the group has to end by itself after the command has, whole seconds; it is told to by SIGTERM.
   * Default 0: it is killed at once.
   */
  readonly lingerSeconds?: number | undefined;
  /** A folder that goes with the group. Whoever waits for the command's end removes it too, to be sure that it has gone. */
  readonly removes?: string | undefined;
}

/** Starts a command in a process group of its own that does not outlive this process, not even when it is killed. */
export function startLeashed(command: string, args: readonly string[], options: LeashOptions): LeashedProcess {
  const { env, folder, lingerSeconds = 0, removes = "" } = options;
  const child = spawn("/bin/sh", ["-c", leash, "leash", String(lingerSeconds), removes, command, ...args], {
    detached: true,
    env: { ...env },
    stdio: ["pipe", "pipe", "pipe"],
    ...(folder === undefined ? {} : { cwd: folder }),
  });
  child.stdin.on("error", () => undefined);
  // Those that have time to end by themselves are left to their watchers: their pipe closes when this process ends.
  const atExit = (): void => killGroup(child);
  if (lingerSeconds === 0) process.once("exit", atExit);
  const end = (): void => {
    process.removeListener("exit", atExit);
    killGroup(child);
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
  child.once("error", () => process.removeListener("exit", atExit));
  return child;
}

/** Kills the command and whatever else is in its group. */
export function killGroup(child: LeashedProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone, which is what was wanted.
  }
}

/** Resolves when the command has ended and its output has been read to the end; rejects where it could not be started. */
export function exitOf(child: LeashedProcess): Promise<ServerExit> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}
