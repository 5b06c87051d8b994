import { describe } from "../../core/check-options.ts";
import { isMediaFile, type MediaSource } from "../../core/media-file.ts";
import { checkString, wrong } from "../check.ts";
import { bytesOfBase64, bytesOfDataUrl } from "./data-url.ts";

/** What the caller gives for a file as its source, checked and not yet opened. Throws `invalid-request`. */
export function sourceOf(place: string, value: unknown): MediaSource {
  if (typeof value === "string") return bytesOf(place, value);
  if (value instanceof Uint8Array || value instanceof ArrayBuffer || value instanceof Blob) return value;
  if (typeof value === "object" && value !== null) {
    if (isMediaFile(value)) return value;
    if (Symbol.asyncIterator in value) return value as AsyncIterable<Uint8Array>;
    if ("path" in value) return { path: checkString(`${place}.path`, value.path) };
    if ("url" in value) {
      const url = checkString(`${place}.url`, value.url);
      return url.startsWith("data:") ? bytesOf(place, url) : { url };
    }
  }
  throw wrong(place, `expected base64, bytes, a Blob, a stream, { path } or { url }, got ${describe(value)}`);
}

/** The bytes of base64, or of a `data:` URL. */
export function bytesOf(place: string, text: string): Uint8Array {
  const bytes = text.startsWith("data:") ? bytesOfDataUrl(text) : bytesOfBase64(text);
  if (bytes) return bytes;
  throw wrong(
    place,
    text.startsWith("data:") ? "expected data:…;base64,… with the file's bytes" : "expected base64",
    "A file of this machine is { path }.",
  );
}
