import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { basename } from "node:path";

import { abortError } from "../core/error.ts";
import { fileFailure } from "./file-source.ts";
import type { PinnedFile } from "./pinned-file.ts";
import type { OnProgress } from "./work-progress.ts";

const pieceBytes = 1_048_576;

/** Reads a file once, for its length and SHA-256. Rejects with `not-found`, `forbidden`, and `abort` by the signal. */
export async function fileDigest(
  path: string,
  {
    signal,
    onProgress,
  }: { readonly signal?: AbortSignal | undefined; readonly onProgress?: OnProgress | undefined } = {},
): Promise<PinnedFile> {
  const file = await open(path, "r").catch((error: unknown) => Promise.reject(fileFailure(path, error)));
  try {
    const { size: total } = await file.stat();
    const hash = createHash("sha256");
    const piece = new Uint8Array(pieceBytes);
    let done = 0;
    for (;;) {
      if (signal?.aborted) throw abortError(signal);
      const { bytesRead } = await file.read(piece, 0, pieceBytes, done);
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
      done += bytesRead;
      onProgress?.({ task: `reading ${basename(path)}`, done, total, unit: "bytes" });
    }
    return { path, sizeBytes: done, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}
