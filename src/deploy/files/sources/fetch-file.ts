import { mkdir, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";

import type { EndSignal } from "../../../core/call-end.ts";
import { InhouseError, isInhouseError } from "../../../core/error.ts";
import type { PinnedFile } from "../pinned-file.ts";
import type { ListedFile } from "./listed-file.ts";
import { openPart, type PartFile } from "./part-file.ts";
import { badMirror } from "./refused-reply.ts";
import { severalTries } from "./several-tries.ts";
import { writeFailure } from "./write-failure.ts";

export interface FetchFileContext {
  readonly folder: string;
  readonly maxRetries: number;
  readonly signal: EndSignal;
  /** How many more bytes are there; less than 0 where some had to be given up. */
  readonly onBytes: (count: number) => void;
}

/**
 * Brings one file into the folder: what came before is gone on with, every byte is summed up while it is written, and only
 * what is right gets its name. After a failure `FILE.part` stays, unless its bytes are wrong.
 */
export async function fetchFile(file: ListedFile, context: FetchFileContext): Promise<PinnedFile> {
  const { folder, maxRetries, signal, onBytes } = context;
  const target = await targetIn(folder, file.path);
  const part = await openPart(target, file, signal);
  try {
    onBytes(part.length);
    const sha256 = await receiveRight(part, file, { ...context, maxRetries });
    await part.finish();
    return { path: file.path, sizeBytes: file.sizeBytes, sha256 };
  } catch (error) {
    if (isInhouseError(error) && error.code === "protocol") await part.remove();
    else await part.close();
    throw error;
  }
}

/** Where a file will stand; its folder is made, and may not lead out of the model's by a link. */
export async function targetIn(folder: string, path: string): Promise<string> {
  const target = join(folder, path);
  try {
    await mkdir(dirname(target), { recursive: true });
    const root = await realpath(folder);
    const parent = await realpath(dirname(target));
    if (parent === root || parent.startsWith(root.endsWith(sep) ? root : root + sep)) return target;
  } catch (error) {
    throw writeFailure(target, error);
  }
  throw new InhouseError("policy", `${path} would stand outside of ${folder}: a link leads out of it.`);
}

/** Receives until all is there and right; what was gone on with and is wrong is asked for once more from its start. */
async function receiveRight(part: PartFile, file: ListedFile, context: FetchFileContext): Promise<string> {
  const { maxRetries, signal, onBytes } = context;
  for (;;) {
    let resumed = part.length > 0;
    await severalTries({ maxRetries, signal }, async (came) => {
      resumed ||= part.length > 0;
      await receive(part, file, signal, (count) => {
        if (count > 0) came(count);
        onBytes(count);
      });
    });
    const { fits, found, sha256 } = part.digest.end();
    if (fits) return sha256;
    if (!resumed || !file.digest) {
      throw badMirror(
        `${file.path} is not the file that its source promised: its digest is ${found.slice(0, 12)}… in place of ${file.digest?.hex.slice(0, 12)}….`,
        "The mirror's copy is damaged or was replaced: nothing was kept of it.",
      );
    }
    onBytes(-part.length);
    await part.restart();
  }
}

async function receive(
  part: PartFile,
  file: ListedFile,
  signal: EndSignal,
  onBytes: (count: number) => void,
): Promise<void> {
  const { path, sizeBytes } = file;
  if (part.length === sizeBytes) return;
  const opened = await file.open(part.length, part.tag, signal);
  try {
    if (opened.from !== part.length) {
      onBytes(-part.length);
      await part.restart();
    }
    await part.note(opened.tag);
    for await (const bytes of opened.bytes) {
      if (part.length + bytes.length > sizeBytes) {
        throw badMirror(
          `${path} does not end at its ${sizeBytes} bytes.`,
          "The mirror sends another file than the one that it lists.",
        );
      }
      await part.write(bytes);
      onBytes(bytes.length);
    }
  } finally {
    opened.close();
  }
  if (part.length < sizeBytes) {
    throw new InhouseError("truncated", `${path} ended after ${part.length} of ${sizeBytes} bytes.`, {
      hint: "The same call goes on from there.",
    });
  }
}
