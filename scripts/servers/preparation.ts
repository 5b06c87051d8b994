import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { removeAbandoned } from "./cache.ts";
import { withLock } from "./lock.ts";
import type { Progress } from "./progress.ts";
import { Unavailable } from "./unavailable.ts";

/** What every step of preparing is given. */
export interface Preparation {
  /** The folder that holds servers and models. */
  readonly cache: string;
  readonly onProgress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Runs the work while no other process prepares, and removes first what killed ones have left. Not to be nested. */
export async function whilePreparing<T>(preparation: Preparation, work: () => Promise<T>): Promise<T> {
  const { cache, onProgress, signal } = preparation;
  const alone = async (): Promise<T> => {
    await removeAbandoned(cache);
    return await work();
  };
  const onWait = (pid: number) => onProgress?.(`waiting for process ${pid}, which prepares servers too`);
  await mkdir(cache, { recursive: true });
  return await withLock(join(cache, "prepare.lock"), alone, { signal, onWait });
}

/** Throws on systems whose processes cannot be started and ended the way it is done here. */
export function refuseWindows(): void {
  if (process.platform !== "win32") return;
  throw new Unavailable("starting servers on Windows", "Use the Windows Subsystem for Linux.");
}
