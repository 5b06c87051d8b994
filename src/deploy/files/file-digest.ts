import { createHash, type Hash } from "node:crypto";
import { open } from "node:fs/promises";

import type { EndSignal } from "../../core/call-end.ts";
import { abortError, InhouseError } from "../../core/error.ts";
import { fileFailure } from "../shape/file-source.ts";

export interface DigestOptions {
  readonly signal?: EndSignal | undefined;
  /** Called with how many more bytes were read. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** How much of a file is in memory at a time. */
const pieceBytes = 1_048_576;

/**
 * The sha256 of a file, 64 hexadecimal digits, and how many bytes it has; it is read in pieces. Rejects with `not-found`,
 * `forbidden` or `invalid-request` where it cannot be read, and with `abort`.
 */
export async function fileDigest(
  path: string,
  options: DigestOptions = {},
): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const hash = createHash("sha256");
  const sizeBytes = await readInto(path, [hash], options);
  return { sha256: hash.digest("hex"), sizeBytes };
}

/** Reads a whole file into some hashes; resolves to how many bytes there were. Rejects as `fileDigest` does. */
export async function readInto(
  path: string,
  hashes: readonly Hash[],
  { signal, onBytes }: DigestOptions = {},
): Promise<number> {
  const file = await open(path, "r").catch((error: unknown) => Promise.reject(fileFailure(path, error)));
  try {
    if (!(await file.stat()).isFile()) throw new InhouseError("invalid-request", `${path} is not a file.`);
    const piece = Buffer.allocUnsafe(pieceBytes);
    for (let length = 0; ;) {
      if (signal?.aborted) throw abortError(signal);
      const { bytesRead } = await file.read(piece, 0, pieceBytes);
      if (bytesRead === 0) return length;
      const bytes = piece.subarray(0, bytesRead);
      for (const hash of hashes) hash.update(bytes);
      length += bytesRead;
      onBytes?.(bytesRead);
    }
  } finally {
    await file.close();
  }
}
