import { randomUUID } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize } from "node:path";

import { InhouseError } from "../../core/error.ts";
import type { TargetFile } from "./target-value.ts";

/** Options of `writeTarget`. */
export interface WriteTargetOptions {
  /** Whether files that are there and differ are replaced. Default false. */
  readonly overwrite?: boolean;
}

/**
 * Writes a target's files into a folder, which is made where it is missing: each beside its place and then renamed, and none
 * where one is refused. Gives the paths that were written; a file that is there already and the same is left alone. Rejects with `invalid-request` where a
 * file is there that differs, and for a path that leads out of the folder.
 */
export async function writeTarget(
  files: readonly TargetFile[],
  folder: string,
  { overwrite = false }: WriteTargetOptions = {},
): Promise<readonly string[]> {
  for (const { path } of files) checkPath(path);
  const there = await Promise.all(files.map(({ path }) => textOf(join(folder, path))));
  const differing = files.filter(({ text }, index) => there[index] !== undefined && there[index] !== text);
  if (differing.length > 0 && !overwrite) {
    const names = differing.map(({ path }) => path).join(", ");
    throw new InhouseError("invalid-request", `Files are there that differ: ${names}. Nothing was written.`, {
      hint: "Choose another folder, or pass { overwrite: true } to replace them.",
    });
  }
  const missing = files.filter(({ text }, index) => there[index] !== text);
  for (const file of missing) await writeBeside(join(folder, file.path), file);
  return missing.map(({ path }) => join(folder, path));
}

function checkPath(path: string): void {
  const plain = normalize(path);
  if (path !== "" && !isAbsolute(plain) && !/^\.\.?([/\\]|$)/.test(plain)) return;
  throw new InhouseError("invalid-request", `A target's file cannot be at ${JSON.stringify(path)}.`, {
    hint: "Paths are relative to the folder and stay in it.",
  });
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new InhouseError("invalid-request", `${path} cannot be read, to see whether it differs.`, {
      hint: "Choose another folder.",
      cause: error,
    });
  }
}

async function writeBeside(path: string, { text, mode = 0o644 }: TargetFile): Promise<void> {
  const beside = `${path}.${randomUUID()}`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(beside, text, { flag: "wx", mode });
    await chmod(beside, mode); // whatever the umask is
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
