import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Waits for what no event announces; fails after the deadline. */
export async function until(condition: () => boolean | Promise<boolean>, deadlineMs = 15_000): Promise<void> {
  const started = performance.now();
  while (!(await condition())) {
    if (performance.now() - started > deadlineMs) throw new Error(`Still not so after ${deadlineMs} ms.`);
    await delay(20);
  }
}

/** Whether a process of that group is there and has not ended. */
export function isGroupAlive(group: number | undefined): boolean {
  if (group === undefined) return false;
  // An ended process stays in the table until init collects it, which some containers' init does late or never.
  if (existsSync("/proc/self/stat")) return readdirSync("/proc").some((pid) => isRunningIn(group, pid));
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

function isRunningIn(group: number, pid: string): boolean {
  if (!/^\d+$/.test(pid)) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(processGroup) === group && state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}
