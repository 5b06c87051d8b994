import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";

import { InhouseError } from "../core/error.ts";
import type { MediaFile } from "../core/media-file.ts";
import { sniff, type Sniffed } from "./sniff.ts";

/** Any place of a file, without the rest of it in memory. */
export interface ByteReader {
  readonly sizeBytes: number;
  /** What is there of so many bytes from a place on: fewer at the end of the file, none behind it. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a file for reading where it is: on the disk by its `path`, else in its bytes. Whoever opens it closes it. */
export async function openReader(file: MediaFile): Promise<ByteReader> {
  if (file.path !== undefined) return await readerOf(file, file.path);
  const bytes = await file.bytes();
  return {
    sizeBytes: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    close: () => Promise.resolve(),
  };
}

async function readerOf(file: MediaFile, path: string): Promise<ByteReader> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (cause) {
    throw new InhouseError("invalid-request", `${shownName(file)} cannot be read.`, { cause });
  }
  return {
    sizeBytes: (await handle.stat()).size,
    async read(offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    close: () => handle.close(),
  };
}

/** What a file that should be a sound or a film is by its content. Throws `invalid-request` where it is empty, a picture or a document. */
export async function recordingOf(file: MediaFile): Promise<Sniffed> {
  const reader = await openReader(file);
  let head: Uint8Array;
  try {
    head = await reader.read(0, 4_096);
  } finally {
    await reader.close();
  }
  if (head.length === 0) throw new InhouseError("invalid-request", `${shownName(file)} is empty.`);
  const sniffed = sniff(head);
  if (sniffed.kind === "image" || sniffed.kind === "document") {
    throw new InhouseError(
      "invalid-request",
      `${shownName(file)} is ${sniffed.mediaType} by its content, and no sound or film.`,
      { hint: "Pass a recording; the name of a file does not say what it is." },
    );
  }
  return sniffed;
}

/** How messages call a file: its name in quotes, where it has one. */
export function shownName({ name, path }: MediaFile): string {
  const known = name ?? (path === undefined ? undefined : basename(path));
  return known === undefined ? "The file" : `"${known}"`;
}
