import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

import { isFileError } from "./file-error.ts";

/** The file's SHA-256 in hexadecimal, where there is a file. */
export async function sha256(path: string, signal?: AbortSignal): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { signal, highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
  return hash.digest("hex");
}
