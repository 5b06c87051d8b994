import { open } from "node:fs/promises";

import { abortError, InhouseError } from "../../core/error.ts";
import type { ByteSource } from "./byte-source.ts";

/** A file on this machine. Rejects with `not-found`, `forbidden`, or `invalid-request` where it is no file. */
export async function fileSource(path: string): Promise<ByteSource> {
  const file = await open(path, "r").catch((error: unknown) => Promise.reject(fileFailure(path, error)));
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new InhouseError("invalid-request", `${path} is not a file.`);
    return {
      name: path,
      sizeBytes: stats.size,
      async read(offset, length, signal) {
        if (signal?.aborted) throw abortError(signal);
        const wanted = Math.max(0, Math.min(length, stats.size - offset));
        const bytes = new Uint8Array(wanted);
        let filled = 0;
        while (filled < wanted) {
          const { bytesRead } = await file.read(bytes, filled, wanted - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return bytes.subarray(0, filled);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The error of a file or folder that could not be opened, by Node's code. */
export function fileFailure(path: string, cause: unknown): InhouseError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new InhouseError("not-found", `${path} does not exist.`, { hint: "Check the path.", cause });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new InhouseError("forbidden", `${path} may not be read.`, {
      hint: "Run as a user who may, or change the file's permissions.",
      cause,
    });
  }
  return new InhouseError("invalid-request", `${path} could not be read.`, { cause });
}
