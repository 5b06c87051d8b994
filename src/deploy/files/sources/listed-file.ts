import type { EndSignal } from "../../../core/call-end.ts";
import type { ModelSource } from "./model-source.ts";

/** What a file's bytes have to amount to, as its source tells it. */
export interface ExpectedDigest {
  /** `git-blob`: sha1 of what git stores, a line with the size before the bytes. */
  readonly kind: "sha256" | "git-blob";
  readonly hex: string;
}

/** The bytes of a file from a place on. */
export interface FileBytes {
  /** Where they begin: as asked, or 0 where the source has another file by now, or knows no ranges. */
  readonly from: number;
  /** Names this very version of the file at its source. */
  readonly tag?: string | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Ends the reading early. */
  close(): void;
}

/** A file of a model, as its source lists it. */
export interface ListedFile {
  /** Below the model's folder, with `/` between folders. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Absent only of a folder, whose files are what they are. */
  readonly digest?: ExpectedDigest;
  /** Opens it at its source. Rejects with what the source answers. */
  open(from: number, tag: string | undefined, signal: EndSignal): Promise<FileBytes>;
  /** The file of this machine that it is. */
  readonly place?: string;
}

/** What a source has: the files that were chosen, and the revision that they are of. */
export interface Listing {
  readonly files: readonly ListedFile[];
  /** A commit or the digest of a manifest. */
  readonly revision?: string;
  /** Where the files came from in the first place, where a folder knows it. */
  readonly source?: ModelSource;
  /** What is written here and not fetched, by path. */
  readonly texts?: Readonly<Record<string, Uint8Array>>;
  /** The model's file or folder, below the model's folder; `.` is the folder itself. */
  readonly path: string;
}
