import { basename } from "node:path";

import { isInhouseError } from "../../core/error.ts";
import { checkFiles, checkSizes, problemText } from "../files/pin-files.ts";
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
  const problems = await problemsOf(plan, files, question);
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

async function problemsOf(
  plan: Plan,
  files: readonly PinnedFile[],
  { checkIntegrity, signal, onProgress }: FileQuestion,
): Promise<readonly string[]> {
  try {
    const check = checkIntegrity ? checkFiles : checkSizes;
    return (await check(files, { folder: plannedFolder(plan), signal, onProgress })).map(problemText);
  } catch (error) {
    if (isInhouseError(error) && error.code !== "abort") return [error.message];
    throw error;
  }
}
