import { basename, resolve } from "node:path";

import { isInhouseError } from "../../core/error.ts";
import { checkFiles, checkSizes, problemText, type FileProblem } from "../files/pin-files.ts";
import type { PinnedFile } from "../files/pinned-file.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { OnProgress } from "../work-progress.ts";
import { pinnedFolder } from "./planned-files.ts";
import { unknownLine } from "./verification-line.ts";
import type { VerificationLine } from "./verification.ts";

const name = "files";

/** What is asked of the files on this disk. */
export interface FileQuestion {
  /** Read them from beginning to end. Else their sizes are looked at, and what is known of their digests. */
  readonly checkIntegrity: boolean;
  /** What was found of them a moment ago. */
  readonly digests?: readonly PinnedFile[] | undefined;
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
  const { problems, evidence, isRead } = await looked(files, pinnedFolder(plan), question);
  if (problems.length > 0) return { name, verdict: "fail", planned, found: problems.join("; "), evidence };
  if (!isRead) return { name, verdict: "unknown", planned, found: "sizes as pinned", evidence };
  const found = files.map(({ path, sha256 }) => `${basename(path)} ${sha256.slice(0, 12)}`).join(", ");
  return { name, verdict: "pass", planned, found, evidence };
}

/** What is wrong with the files, by the surest that there is to go by, and whether that is all their bytes. */
async function looked(
  files: readonly PinnedFile[],
  folder: string,
  { checkIntegrity, digests = [], signal, onProgress }: FileQuestion,
): Promise<{ readonly problems: readonly string[]; readonly evidence: string; readonly isRead: boolean }> {
  const known = new Map(digests.map(({ path, sha256 }) => [resolve(folder, path), sha256.toLowerCase()]));
  const isKnown = files.every(({ path }) => known.has(resolve(folder, path)));
  const isRead = checkIntegrity || isKnown;
  const evidence = checkIntegrity
    ? "SHA-256 of all bytes on the disk"
    : isKnown
      ? "SHA-256 of all bytes, made a moment ago; sizes on the disk"
      : "only the sizes were looked at: checkIntegrity reads the files";
  const others = files.flatMap(({ path, sha256 }): readonly FileProblem[] => {
    const [expectedSha256, foundSha256] = [sha256.toLowerCase(), known.get(resolve(folder, path))];
    const isSame = foundSha256 === undefined || foundSha256 === expectedSha256;
    return isSame ? [] : [{ kind: "digest", path, expectedSha256, foundSha256 }];
  });
  try {
    const check = checkIntegrity ? checkFiles : checkSizes;
    const problems = await check(files, { folder, signal, onProgress });
    return { problems: [...problems, ...(checkIntegrity ? [] : others)].map(problemText), evidence, isRead };
  } catch (error) {
    if (isInhouseError(error) && error.code !== "abort") return { problems: [error.message], evidence, isRead };
    throw error;
  }
}
