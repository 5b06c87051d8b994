import type { MediaFile } from "../../core/media-file.ts";

/** A file that may be read, and whose beginning can be seen before the rest is read. */
export interface OpenedFile extends MediaFile {
  /** Its first bytes, 4,096 of them where it has as many: enough to tell what it is. */
  head(): Promise<Uint8Array>;
  /** Lets go of what is not going to be read. */
  discard(): Promise<void>;
}

/** Bytes that tell what a file is. */
export const headBytes = 4_096;

const mebibyte = 1_048_576;
/** Most bytes of a file that is held in memory, and of one that a program reads from its path. */
export const heldBytes = 64 * mebibyte;
export const pathBytes = 512 * mebibyte;
