import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

import { abortError } from "../core/error.ts";
import { fileFailure } from "./file-source.ts";

/** SHA-256 of all bytes of a file, which is read in pieces; `onBytes` is told of each. Rejects as `fileSource` does. */
export async function fileDigest(
  path: string,
  options: { readonly signal?: AbortSignal | undefined; readonly onBytes?: (count: number) => void } = {},
): Promise<string> {
  const { signal, onBytes } = options;
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576, ...(signal ? { signal } : {}) })) {
      const bytes = chunk as Uint8Array;
      hash.update(bytes);
      onBytes?.(bytes.length);
    }
  } catch (error) {
    throw signal?.aborted ? abortError(signal) : fileFailure(path, error);
  }
  return hash.digest("hex");
}
