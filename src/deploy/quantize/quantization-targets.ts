import { statfs } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { InhouseError } from "../../core/error.ts";
import { bytesText } from "../plan/plan-words.ts";
import { fileFailure } from "../shape/file-source.ts";
import type { GgufMixture } from "./gguf-mixtures.ts";

/** The files that a quantization makes, and the name that the program is given for them. */
export interface QuantizationTargets {
  readonly targets: readonly [string, ...string[]];
  readonly given: string;
}

const partName = /-\d{5}-of-\d{5}(?=\.gguf$)/;

/**
 * What the files are called: as the target says, else after the source and the type, beside it. Throws `invalid-request` for a
 * name that is none of a GGUF file, or the source's.
 */
export function quantizationTargets(
  sources: readonly string[],
  mixture: GgufMixture,
  { target, keepSplit = false }: { readonly target?: string | undefined; readonly keepSplit?: boolean | undefined },
): QuantizationTargets {
  const [first = ""] = sources;
  const folder = target === undefined ? dirname(first) : dirname(resolve(target));
  const given = target === undefined ? namedAfter(first, mixture) : basename(target);
  if (!given.endsWith(".gguf") || partName.test(given)) {
    throw new InhouseError("invalid-request", `The target ${given} is no name for a GGUF file of one part.`, {
      hint: "Name it model-Q4_K_M.gguf; the numbers of parts are added where keepSplit is set.",
    });
  }
  const count = keepSplit ? sources.length : 1;
  const paths = Array.from({ length: count }, (_, part) =>
    join(folder, keepSplit ? given.replace(/\.gguf$/, `-${number(part + 1)}-of-${number(count)}.gguf`) : given),
  );
  if (paths.some((path) => sources.includes(path))) {
    throw new InhouseError("invalid-request", "The target is the source itself.", { hint: "Name another target." });
  }
  return { targets: [paths[0] ?? join(folder, given), ...paths.slice(1)], given };
}

const number = (part: number): string => String(part).padStart(5, "0");

const namedAfter = (source: string, mixture: GgufMixture): string => `${modelNameOf(source)}-${mixture}.gguf`;

/** What a file's model is called: `m` of `m-BF16-00001-of-00003.gguf`. */
export function modelNameOf(path: string): string {
  const stem = basename(path)
    .replace(partName, "")
    .replace(/\.gguf$/, "");
  return stem.replace(/[-.](BF16|F16|F32)$/i, "");
}

/** Rejects with `limit` where a disk has less room than so many bytes, and with `not-found` without the folder. */
export async function refuseFullDisk(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free >= bytes) return;
  throw new InhouseError(
    "limit",
    `The disk of ${folder} has ${bytesText(free)} free, and the file needs ${bytesText(bytes)}.`,
    { hint: makeRoom },
  );
}

/** The error of a program that ran out of disk while it wrote into a folder. */
export async function diskWasFull(folder: string, bytes: number | undefined, cause: unknown): Promise<InhouseError> {
  const needs = bytes === undefined ? "" : `, and the file needs ${bytesText(bytes)} in all`;
  return new InhouseError(
    "limit",
    `The disk of ${dirname(folder)} is full: ${bytesText(await freeBytes(folder))} were free in the end${needs}.`,
    { hint: makeRoom, cause },
  );
}

const makeRoom = "Make room, or name a target on another disk.";

async function freeBytes(folder: string): Promise<number> {
  const disk = await statfs(folder).catch((error: unknown) => Promise.reject(fileFailure(folder, error)));
  return disk.bavail * disk.bsize;
}
