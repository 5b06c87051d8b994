import { InhouseError } from "../core/error.ts";
import type { MediaFile, MediaSource } from "../core/media-file.ts";
import { wrong } from "./check.ts";

/** Opens a recording that was given as bytes; a path or a URL is refused as `unsupported`. */
export function openSound(source: MediaSource, name: string | undefined): MediaFile {
  let read: Promise<Uint8Array> | undefined;
  const size = source instanceof Blob ? source.size : lengthOf(source);
  return {
    ...(name === undefined ? {} : { name }),
    ...(size === undefined ? {} : { sizeBytes: size }),
    bytes: () => (read ??= bytesOf(source)),
  };
}

const lengthOf = (source: MediaSource): number | undefined =>
  source instanceof Uint8Array || source instanceof ArrayBuffer ? source.byteLength : undefined;

async function bytesOf(source: MediaSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (typeof source === "object" && source !== null && Symbol.asyncIterator in source) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of source) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  if (typeof source === "object" && source !== null && ("path" in source || "url" in source)) {
    throw new InhouseError("unsupported", "audio: paths and URLs are not opened here.", {
      hint: "Open the file yourself: audio: await fs.openAsBlob(path).",
    });
  }
  throw wrong("audio", "expected bytes, a Blob or a stream of bytes");
}
