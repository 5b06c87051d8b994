import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { EndSignal } from "../../../core/call-end.ts";
import { abortError } from "../../../core/error.ts";
import { pause } from "../../../core/pause.ts";
import { codeOf, writeFailure } from "./write-failure.ts";

/** A lock without a sign of life for this long belongs to nobody. */
const staleMs = 15_000;

/**
 * Runs the work while this fetch, alone of all processes, may write to the folder. Another one is waited for; one that was
 * killed is told by its silence, since a process's number may be another's by now, or one of another machine.
 */
export async function withFolderLock<Result>(
  folder: string,
  signal: EndSignal,
  onWait: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const path = join(folder, "inhouse-model.lock");
  const mine = `${process.pid} ${randomUUID()}`;
  while (!(await isCreated(path, mine))) {
    if (signal.aborted) throw abortError(signal);
    if (await isStaleRemoved(path)) continue;
    onWait();
    await pause(200, signal);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    // One that was taken over is gone, or another's.
    utimes(path, now, now).catch(() => undefined);
  }, staleMs / 5).unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await ownerOf(path)) === mine) await rm(path, { force: true });
  }
}

async function isCreated(path: string, owner: string): Promise<boolean> {
  try {
    await writeFile(path, owner, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw writeFailure(path, error);
  }
}

async function isStaleRemoved(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats) return true;
  if (Date.now() - stats.mtimeMs < staleMs) return false;
  const owner = await ownerOf(path);
  const aside = `${path}.${randomUUID()}`;
  const isMoved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!isMoved) return true;
  // Another one may have been quicker, and what was moved is its fresh lock: it goes back.
  if ((await ownerOf(aside)) !== owner) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
  return true;
}

const ownerOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");
