import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";

import { isInhouseError } from "../../core/error.ts";
import { fileDigest } from "../files/file-digest.ts";
import type { PinnedFile } from "../files/pinned-file.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { OnProgress } from "../work-progress.ts";
import { plannedFolder } from "./planned-launch.ts";
import { unknownLine } from "./verification-line.ts";
import type { VerificationLine } from "./verification.ts";

const name = "files";

/** What is asked of the files on this disk. */
export interface FileQuestion {
  /** Read them from beginning to end. Else only their sizes are looked at. */
  readonly checkIntegrity: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Whether the files that the plan pins are on this disk as they were pinned. */
export async function pinnedFilesLine(plan: Plan, isHere: boolean, question: FileQuestion): Promise<VerificationLine> {
  const { files } = plan;
  if (!files || files.length === 0) {
    return unknownLine(name, "the plan pins no files: pin them once, where they come from");
  }
  const planned = `${files.length} pinned ${files.length === 1 ? "file" : "files"}`;
  if (!isHere) return unknownLine(name, "the server runs on another machine, and has its files there", planned);
  const problems: string[] = [];
  for (const file of files) {
    const problem = await problemOf(file, resolve(plannedFolder(plan), file.path), question);
    if (problem !== undefined) problems.push(`${file.path}: ${problem}`);
  }
  if (problems.length > 0) {
    const evidence = question.checkIntegrity ? "read from beginning to end" : "sizes on the disk";
    return { name, verdict: "fail", planned, found: problems.join("; "), evidence };
  }
  if (question.checkIntegrity) {
    const digests = files.map(({ path, sha256 }) => `${basename(path)} ${sha256.slice(0, 12)}`).join(", ");
    return { name, verdict: "pass", planned, found: digests, evidence: "SHA-256 of all bytes on the disk" };
  }
  const evidence = "only the sizes were looked at: checkIntegrity reads the files";
  return { name, verdict: "unknown", planned, found: "sizes as pinned", evidence };
}

async function problemOf(
  { sizeBytes, sha256 }: PinnedFile,
  path: string,
  { checkIntegrity, signal, onProgress }: FileQuestion,
): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile()) return "is not there";
  if (stats.size !== sizeBytes) return `${stats.size} bytes instead of ${sizeBytes}`;
  if (!checkIntegrity) return undefined;
  let done = 0;
  const onBytes = (count: number): void => {
    done += count;
    onProgress?.({ task: `reading ${basename(path)}`, done, total: sizeBytes, unit: "bytes" });
  };
  try {
    const { sha256: found } = await fileDigest(path, { signal, onBytes });
    return found === sha256.toLowerCase() ? undefined : `SHA-256 ${found} instead of ${sha256}`;
  } catch (error) {
    if (isInhouseError(error) && error.code !== "abort") return error.message;
    throw error;
  }
}
