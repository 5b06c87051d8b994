import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { isFileError } from "./file-error.ts";

export interface LockOptions {
  /** A lock without a heartbeat for this long belongs to nobody. Default 10 s; the heartbeat comes five times as often. */
  staleMs?: number | undefined;
  /** Called at once and every 5 s while another process holds the lock, with that process's id. */
  onWait?: ((pid: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Runs the work while this process, alone of all, holds the lock file. */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const { staleMs = 10_000, onWait, signal } = options;
  const mine = `${process.pid} ${randomUUID()}`;
  await mkdir(dirname(path), { recursive: true });
  let reportAt = 0;
  while (!(await create(path, mine))) {
    signal?.throwIfAborted();
    if (await removeStale(path, staleMs)) continue;
    const owner = Number.parseInt(await content(path), 10);
    if (owner > 0 && performance.now() >= reportAt) {
      reportAt = performance.now() + 5000;
      onWait?.(owner);
    }
    await delay(100, undefined, { signal });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A lock that was taken over is missing or another's: the work's own renames are safe either way.
    utimes(path, now, now).catch(() => {});
  }, staleMs / 5);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await content(path)) === mine) await rm(path, { force: true });
  }
}

async function create(path: string, owner: string): Promise<boolean> {
  try {
    await writeFile(path, owner, { flag: "wx" });
    return true;
  } catch (error) {
    if (isFileError(error, "EEXIST")) return false;
    throw error;
  }
}

/**
 * The heartbeat alone decides, not whether the owner's pid is alive: pids are reused, and a container that shares the
 * folder has pids of its own.
 */
async function removeStale(path: string, staleMs: number): Promise<boolean> {
  const aside = `${path}.${randomUUID()}`;
  try {
    const seen = await stat(path);
    if (Math.abs(Date.now() - seen.mtimeMs) <= staleMs) return false;
    await rename(path, aside);
    const moved = await stat(aside);
    // Another process may have taken the stale lock over between the look and the rename: give it back its lock.
    if (moved.ino !== seen.ino || moved.mtimeMs !== seen.mtimeMs) await link(aside, path).catch(() => {});
    await rm(aside, { force: true });
    return true;
  } catch (error) {
    if (isFileError(error, "ENOENT")) return true;
    throw error;
  }
}

async function content(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isFileError(error, "ENOENT")) return "";
    throw error;
  }
}
