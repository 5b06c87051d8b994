import { InhouseError } from "../core/error.ts";
import type { MediaFile } from "../core/media-file.ts";

/** Opens what a caller gave as a file. */
export async function openMaterial(given: unknown, signal: AbortSignal): Promise<MediaFile> {
  signal.throwIfAborted();
  const bytes =
    given instanceof Uint8Array
      ? given
      : given instanceof ArrayBuffer
        ? new Uint8Array(given)
        : given instanceof Blob
          ? new Uint8Array(await given.arrayBuffer())
          : undefined;
  if (bytes) return { sizeBytes: bytes.length, bytes: () => Promise.resolve(bytes) };
  throw new InhouseError("unsupported", "Files are given as bytes.");
}
