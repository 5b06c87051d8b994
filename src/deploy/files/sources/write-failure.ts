import { statfs } from "node:fs/promises";

import { InhouseError, isInhouseError } from "../../../core/error.ts";
import { bytesText } from "../../plan/plan-words.ts";

/** Node's code of an error of the file system. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** The error of a file that could not be written: a full disk is a `limit`. */
export function writeFailure(path: string, error: unknown): InhouseError {
  if (isInhouseError(error)) return error;
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new InhouseError("limit", `The disk of ${path} is full.`, {
      hint: "What came is kept: make room, and the same call goes on from there.",
      cause: error,
    });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new InhouseError("forbidden", `${path} may not be written.`, {
      hint: "Name a folder that this user may write to.",
      cause: error,
    });
  }
  return new InhouseError("invalid-request", `${path} could not be written${code === undefined ? "" : ` (${code})`}.`, {
    hint: "Check the folder.",
    cause: error,
  });
}

/** Rejects with `limit`, and both numbers, where a folder's disk has less room than is needed. */
export async function checkRoom(folder: string, neededBytes: number): Promise<void> {
  const stats = await statfs(folder).catch(() => undefined);
  if (!stats) return;
  const freeBytes = stats.bavail * stats.bsize;
  if (neededBytes <= freeBytes) return;
  throw new InhouseError(
    "limit",
    `${bytesText(neededBytes)} (${neededBytes} bytes) are still to come, and the disk of ${folder} has room for ${bytesText(freeBytes)} (${freeBytes} bytes).`,
    { hint: "Make room, name a folder of another disk, or take a smaller quantization." },
  );
}
