import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

const TEMPORARY = "temporary-";

/** The folder that holds servers and models, outside the checkout, so that all checkouts share it. */
export function cacheFolder(): string {
  const chosen = process.env["INHOUSE_SERVERS_CACHE"];
  if (chosen) return resolve(chosen);
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "inhouse", "servers");
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "inhouse", "servers");
}

/** Gives the work an empty folder on the cache's own file system, and removes what it left there. */
export async function inTemporaryFolder<T>(cache: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, TEMPORARY));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Puts something whole in its place; what was there goes. */
export async function moveIntoPlace(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await rm(to, { recursive: true, force: true });
  await rename(from, to);
}

/** Writes a small file so that a reader sees all of it or none. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/** Removes what processes that were killed while preparing have left. Only for the one who holds the lock. */
export async function removeAbandoned(cache: string): Promise<void> {
  const abandoned = (await readdir(cache)).filter((name) => name.startsWith(TEMPORARY));
  for (const name of abandoned) await rm(join(cache, name), { recursive: true, force: true });
}
