/** What a file is for a model; `document` is a PDF or a text. */
export type MediaKind = "image" | "audio" | "video" | "document";

/**
 * Where the bytes of a file are: given as they are, or as a `Blob` (`fs.openAsBlob(path)`), a stream (read once, and kept
 * for another try), a file that was opened already, a path or a URL. The last two are opened only where the client's
 * `media` option allows them.
 */
export type MediaSource =
  | Uint8Array
  | ArrayBuffer
  | Blob
  | AsyncIterable<Uint8Array>
  | MediaFile
  | { readonly path: string }
  | { readonly url: string };

/** A file that may be read: whoever opened it has checked that it may be. */
export interface MediaFile {
  /** Its name, for errors and for the model. */
  readonly name?: string;
  /** Where it is on this machine, if it is: a tool that reads files itself is given this. */
  readonly path?: string;
  /** Its length, where that is known before it is read. */
  readonly sizeBytes?: number;
  /** All its bytes; the same promise however often it is asked. Rejects with `limit` where they are too many. */
  bytes(): Promise<Uint8Array>;
}

/** Whether a source is a file that was opened already; nothing that was parsed of a text is, since it has functions. */
export const isMediaFile = (source: object): source is MediaFile =>
  !(source instanceof Blob) && "bytes" in source && typeof source.bytes === "function";
