import { stat } from "node:fs/promises";
import { resolve } from "node:path";

import { checkOptions } from "../../core/check-options.ts";
import { abortError, InhouseError } from "../../core/error.ts";
import { fileFailure } from "../shape/file-source.ts";
import type { OnProgress } from "../work-progress.ts";
import { fileDigest } from "./file-digest.ts";
import type { PinnedFile } from "./pinned-file.ts";

/** Options of `pinFiles` and `checkFiles`. */
export interface PinOptions {
  /** What relative paths start from. Default: the folder that this process runs in. */
  readonly folder?: string;
  readonly signal?: AbortSignal | undefined;
  /** Told of the bytes of all files together. */
  readonly onProgress?: OnProgress | undefined;
}

/** How a file is not what it has to be. */
export type FileProblem =
  | { readonly kind: "missing"; readonly path: string }
  | { readonly kind: "size"; readonly path: string; readonly expectedBytes: number; readonly foundBytes: number }
  | { readonly kind: "digest"; readonly path: string; readonly expectedSha256: string; readonly foundSha256: string };

const optionNames: Record<keyof PinOptions, true> = { folder: true, signal: true, onProgress: true };

/** Size and sha256 of one file. Rejects as `pinFiles` does. */
export async function pinFile(path: string, options: Omit<PinOptions, "folder"> = {}): Promise<PinnedFile> {
  const { signal, onProgress } = options;
  const stats = await stat(path).catch((error: unknown) => Promise.reject(fileFailure(path, error)));
  const onBytes = counted("pinning", [stats.size], onProgress);
  return { path, ...(await fileDigest(path, { signal, onBytes })) };
}

/**
 * Size and sha256 of files, read in pieces of 1 MiB. Rejects with `not-found`, `forbidden`, or `invalid-request` where a path is
 * no file.
 */
export async function pinFiles(paths: readonly string[], options: PinOptions = {}): Promise<readonly PinnedFile[]> {
  checkOptions("pinFiles", options, optionNames);
  const { folder = ".", signal } = options;
  const sizes: number[] = [];
  for (const path of paths) {
    const stats = await stat(resolve(folder, path)).catch((error: unknown) => Promise.reject(fileFailure(path, error)));
    if (!stats.isFile()) throw new InhouseError("invalid-request", `${path} is not a file.`);
    sizes.push(stats.size);
  }
  const onBytes = counted("pinning", sizes, options.onProgress);
  const pinned: PinnedFile[] = [];
  for (const path of paths) {
    const { sha256, sizeBytes } = await fileDigest(resolve(folder, path), { signal, onBytes });
    pinned.push({ path, sizeBytes, sha256 });
  }
  return pinned;
}

/**
 * Compares files with what they have to be, and tells each that is missing, has another size (it is not read then), or
 * another digest; an empty list is all well. Rejects with `forbidden` where one cannot be read, and with `abort`.
 */
export async function checkFiles(
  files: readonly PinnedFile[],
  options: PinOptions = {},
): Promise<readonly FileProblem[]> {
  checkOptions("checkFiles", options, optionNames);
  const { folder = ".", signal } = options;
  const problems = [...(await checkSizes(files, options))];
  const whole = files.filter(({ path }) => problems.every((problem) => problem.path !== path));
  const sizes = whole.map(({ sizeBytes }) => sizeBytes);
  const onBytes = counted("checking", sizes, options.onProgress);
  for (const { path, sha256: expectedSha256 } of whole) {
    const { sha256: foundSha256 } = await fileDigest(resolve(folder, path), { signal, onBytes });
    if (foundSha256 !== expectedSha256.toLowerCase()) {
      problems.push({ kind: "digest", path, expectedSha256, foundSha256 });
    }
  }
  return problems;
}

/** The same without reading them: those that are missing, or have another size. Rejects as `checkFiles` does. */
export async function checkSizes(
  files: readonly PinnedFile[],
  { folder = ".", signal }: PinOptions = {},
): Promise<readonly FileProblem[]> {
  const problems: FileProblem[] = [];
  for (const { path, sizeBytes: expectedBytes } of files) {
    if (signal?.aborted) throw abortError(signal);
    const foundBytes = await sizeOf(resolve(folder, path));
    if (foundBytes === undefined) problems.push({ kind: "missing", path });
    else if (foundBytes !== expectedBytes) problems.push({ kind: "size", path, expectedBytes, foundBytes });
  }
  return problems;
}

/** What is wrong with a file, in a sentence without its full stop. */
export function problemText(problem: FileProblem): string {
  switch (problem.kind) {
    case "missing":
      return `${problem.path} is missing`;
    case "size":
      return `${problem.path} has ${problem.foundBytes} bytes in place of ${problem.expectedBytes}`;
    case "digest":
      return `${problem.path} has other bytes: its sha256 is ${problem.foundSha256.slice(0, 12)}… in place of ${problem.expectedSha256.slice(0, 12)}…`;
  }
}

/** The size of a file; nothing where there is none. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    const failure = fileFailure(path, error);
    if (failure.code === "not-found") return undefined;
    throw failure;
  }
}

function counted(
  task: string,
  sizes: readonly number[],
  onProgress: OnProgress | undefined,
): ((count: number) => void) | undefined {
  if (!onProgress) return undefined;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const words = `${task} ${sizes.length === 1 ? "1 file" : `${sizes.length} files`}`;
  let done = 0;
  return (count) => onProgress({ task: words, done: (done += count), total, unit: "bytes" });
}
