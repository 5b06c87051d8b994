import { rm, stat } from "node:fs/promises";
import { join } from "node:path";

import type { EndSignal } from "../../../core/call-end.ts";
import { InhouseError } from "../../../core/error.ts";
import { fileDigest, readInto } from "../file-digest.ts";
import type { PinnedFile } from "../pinned-file.ts";
import type { ExpectedDigest, ListedFile } from "./listed-file.ts";
import { partPaths, runningDigest } from "./part-file.ts";

export interface PresentFiles {
  /** What is there already and right. */
  readonly present: readonly PinnedFile[];
  readonly missing: readonly ListedFile[];
  /** What is still to come of the missing ones. */
  readonly neededBytes: number;
}

/**
 * Compares what a source lists with what is there. A file that is another one is replaced only if it was fetched here:
 * else it is somebody's, and the work rejects with `invalid-request`.
 */
export async function presentFiles(
  folder: string,
  files: readonly ListedFile[],
  own: ReadonlySet<string>,
  signal: EndSignal,
  onBytes: (count: number) => void,
): Promise<PresentFiles> {
  const present: PinnedFile[] = [];
  const missing: ListedFile[] = [];
  let neededBytes = 0;
  for (const file of files) {
    const target = join(folder, file.path);
    const found = await sizeAt(target);
    const pin = found === file.sizeBytes ? await rightFile(target, file, signal, onBytes) : undefined;
    if (pin) {
      present.push(pin);
      continue;
    }
    if (file.place === target) {
      throw new InhouseError("protocol", `${target} is not what the inhouse-model.json beside it says.`, {
        retryable: false,
        hint: "The file is damaged or was replaced: bring it again from where it came.",
      });
    }
    if (found !== undefined && !own.has(file.path)) {
      throw new InhouseError("invalid-request", `${target} is there, and is another file.`, {
        hint: "Name another folder, or remove it.",
      });
    }
    if (found !== undefined) await rm(target);
    missing.push(file);
    neededBytes += file.sizeBytes - Math.min(file.sizeBytes, (await sizeAt(partPaths(target).part)) ?? 0);
  }
  return { present, missing, neededBytes };
}

async function rightFile(
  target: string,
  file: ListedFile,
  signal: EndSignal,
  onBytes: (count: number) => void,
): Promise<PinnedFile | undefined> {
  const { path, sizeBytes, place } = file;
  const digest = runningDigest(sizeBytes, file.digest ?? (await digestAt(place, target, signal)));
  await readInto(target, digest.hashes, { signal, onBytes });
  const { fits, sha256 } = digest.end();
  return fits ? { path, sizeBytes, sha256 } : undefined;
}

/** What the file at its source amounts to; nothing where that is the very file that is compared. */
async function digestAt(
  place: string | undefined,
  target: string,
  signal: EndSignal,
): Promise<ExpectedDigest | undefined> {
  if (place === undefined || place === target) return undefined;
  return { kind: "sha256", hex: (await fileDigest(place, { signal })).sha256 };
}

/** Nothing where there is no file. */
async function sizeAt(path: string): Promise<number | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() ? stats.size : undefined;
}
