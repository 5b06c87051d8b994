import { link, realpath } from "node:fs/promises";

import { abortError, InhouseError } from "../../../core/error.ts";
import { fileDigest } from "../file-digest.ts";
import type { PinnedFile } from "../pinned-file.ts";
import { fetchFile, targetIn, type FetchFileContext } from "./fetch-file.ts";
import type { ListedFile } from "./listed-file.ts";
import { codeOf, writeFailure } from "./write-failure.ts";

export interface BringContext extends Omit<FetchFileContext, "signal"> {
  /** Files at a time. */
  readonly parallel: number;
  /** Link the files of this machine in place of copying them. */
  readonly isLinked: boolean;
  readonly signal: AbortSignal;
}

/** Brings files into the folder, a few at a time. The first failure ends the others; what came of them is kept. */
export async function bringFiles(files: readonly ListedFile[], context: BringContext): Promise<readonly PinnedFile[]> {
  const { parallel, signal, isLinked } = context;
  const others = new AbortController();
  const either = AbortSignal.any([signal, others.signal]);
  const waiting = files[Symbol.iterator]();
  const brought: PinnedFile[] = [];
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (const file of waiting) {
      if (either.aborted) return;
      try {
        const bring = isLinked ? linkFile : fetchFile;
        brought.push(await bring(file, { ...context, signal: either }));
      } catch (error) {
        failures.push(error);
        others.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, files.length) }, work));
  if (signal.aborted) throw abortError(signal);
  if (failures.length > 0) return await Promise.reject(failures[0]);
  return brought;
}

/** A second name of the same file. What it is has to be read all the same. */
async function linkFile(file: ListedFile, { folder, signal, onBytes }: FetchFileContext): Promise<PinnedFile> {
  const { path, place = "", digest } = file;
  const target = await targetIn(folder, path);
  const from = await realpath(place);
  const { sha256, sizeBytes } = await fileDigest(from, { signal, onBytes });
  if (digest && digest.hex !== sha256) {
    throw new InhouseError("protocol", `${place} is not what its inhouse-model.json says.`, { retryable: false });
  }
  await link(from, target).catch((error: unknown) => {
    if (codeOf(error) !== "EXDEV" && codeOf(error) !== "EPERM") throw writeFailure(target, error);
    throw new InhouseError("unsupported", `${place} cannot be linked into ${folder}: it is on another disk.`, {
      hint: 'Use how: "copy".',
      cause: error,
    });
  });
  return { path, sizeBytes, sha256 };
}
