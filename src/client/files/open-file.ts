import { isMediaFile, type MediaFile, type MediaSource } from "../../core/media-file.ts";
import type { Transport, TransportTimeouts } from "../../core/transport.ts";
import { gather, tooLarge } from "./gather.ts";
import type { MediaOptions } from "./media-options.ts";
import { headBytes, heldBytes, type OpenedFile } from "./opened-file.ts";

/** What a source is opened with. */
export interface OpenFileSettings {
  readonly name?: string | undefined;
  /** What may be opened: paths and URLs only as far as it says. */
  readonly media?: Pick<MediaOptions, "paths" | "urls" | "maxFileBytes"> | undefined;
  /** What URLs are fetched with. */
  readonly transport?: Transport | undefined;
  readonly timeouts?: TransportTimeouts | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where it stands, for errors, such as `messages[0].content[1]`. Default: its name. */
  readonly place?: string | undefined;
}

/**
 * Opens a source of bytes as a file, where the options allow it. Rejects with `policy` where they do not, with `limit` for a
 * file that is too large, with `invalid-request` for a path that leads to no regular file.
 */
export async function openFile(source: MediaSource, settings: OpenFileSettings = {}): Promise<OpenedFile> {
  const { name, media = {}, transport, timeouts, signal, place } = settings;
  const { paths = false, urls = false, maxFileBytes } = media;
  const label =
    [place, name === undefined ? undefined : `"${name.slice(0, 100)}"`].filter(Boolean).join(" ") || "The file";
  const named = name === undefined ? {} : { name };
  const maxBytes = maxFileBytes ?? heldBytes;
  if (isMediaFile(source)) return asOpened(source);
  if ("path" in source) {
    return (await import("./open-path.ts")).openPath(source.path, {
      allowed: paths,
      maxFileBytes,
      signal,
      label,
      name,
    });
  }
  if ("url" in source) {
    const { openUrl } = await import("./open-url.ts");
    return openUrl(source.url, { allowed: urls, transport, timeouts, maxFileBytes, signal, label, name });
  }
  if (source instanceof Blob) {
    if (source.size > maxBytes) throw tooLarge(label, maxBytes);
    const stream = source.stream() as AsyncIterable<Uint8Array>;
    const whole = (): Promise<Uint8Array> =>
      gather(stream, { sizeBytes: source.size, maxBytes, signal, label }).bytes();
    let reading: Promise<Uint8Array> | undefined;
    return {
      ...named,
      sizeBytes: source.size,
      head: async () => new Uint8Array(await source.slice(0, headBytes).arrayBuffer()),
      bytes: () => (reading ??= whole()),
      discard: () => Promise.resolve(),
    };
  }
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
    if (bytes.length > maxBytes) throw tooLarge(label, maxBytes);
    return {
      ...named,
      sizeBytes: bytes.length,
      head: () => Promise.resolve(bytes.subarray(0, headBytes)),
      bytes: () => Promise.resolve(bytes),
      discard: () => Promise.resolve(),
    };
  }
  return { ...named, ...gather(source, { maxBytes, signal, label }) };
}

/** A file that somebody opened stays theirs to close. */
function asOpened(file: MediaFile): OpenedFile {
  return {
    ...file,
    bytes: () => file.bytes(),
    head: "head" in file ? (file as OpenedFile).head : async () => (await file.bytes()).subarray(0, headBytes),
    discard: () => Promise.resolve(),
  };
}
