import type { MediaKind } from "../core/media-file.ts";

/** What the first bytes of a file say it is. */
export interface Sniffed {
  readonly kind: MediaKind | "unknown";
  /** IANA media type; `application/octet-stream` where nothing is known. */
  readonly mediaType: string;
}

/**
 * Decides by content what a file is, never by its name. It looks at the first 4,096 bytes; text is UTF-8 without control
 * characters, or begins with the mark of UTF-16.
 */
export function sniff(bytes: Uint8Array): Sniffed {
  const head = bytes.subarray(0, 4_096);
  for (const [kind, mediaType, matches] of signatures) if (matches(head)) return { kind, mediaType };
  return isText(head)
    ? { kind: "document", mediaType: "text/plain" }
    : { kind: "unknown", mediaType: "application/octet-stream" };
}

type Signature = readonly [kind: MediaKind, mediaType: string, matches: (head: Uint8Array) => boolean];

/** The characters at a place are these. */
const at =
  (offset: number, ...texts: readonly string[]) =>
  (head: Uint8Array): boolean =>
    texts.some((text) => ascii(head, offset, text.length) === text);
const both =
  (first: (head: Uint8Array) => boolean, second: (head: Uint8Array) => boolean) =>
  (head: Uint8Array): boolean =>
    first(head) && second(head);

/** The first that matches decides. Containers that hold sound or films are told apart by their brand or codec. */
const signatures: readonly Signature[] = [
  ["document", "text/plain", at(0, "\xff\xfe", "\xfe\xff")], // the mark of UTF-16, which would pass for a frame of MPEG
  ["image", "image/png", at(0, "\x89PNG\r\n\x1a\n")],
  ["image", "image/jpeg", at(0, "\xff\xd8\xff")],
  ["image", "image/gif", at(0, "GIF87a", "GIF89a")],
  ["image", "image/webp", both(at(0, "RIFF"), at(8, "WEBP"))],
  ["image", "image/bmp", both(at(0, "BM"), at(6, "\0\0\0\0"))],
  ["image", "image/tiff", at(0, "II*\0", "MM\0*")],
  ["image", "image/avif", both(at(4, "ftyp"), at(8, "avif", "avis"))],
  ["image", "image/heic", both(at(4, "ftyp"), at(8, "heic", "heix", "heim", "heis", "hevc", "mif1", "msf1"))],
  ["audio", "audio/wav", both(at(0, "RIFF", "RF64"), at(8, "WAVE"))],
  ["audio", "audio/flac", at(0, "fLaC")],
  ["audio", "audio/mp4", both(at(4, "ftyp"), at(8, "M4A ", "M4B ", "M4P "))],
  ["audio", "audio/mpeg", (head) => at(0, "ID3")(head) || isMpegAudio(head)],
  ["audio", "audio/aac", isAdts],
  ["audio", "audio/aiff", both(at(0, "FORM"), at(8, "AIFF", "AIFC"))],
  ["audio", "audio/amr", at(0, "#!AMR")],
  ["video", "video/ogg", both(at(0, "OggS"), (head) => includes(head, "theora"))],
  ["audio", "audio/ogg", at(0, "OggS")],
  ["video", "video/quicktime", both(at(4, "ftyp"), at(8, "qt  "))],
  ["video", "video/mp4", at(4, "ftyp")],
  ["video", "video/quicktime", at(4, "moov", "mdat", "wide", "free")],
  ["video", "video/webm", both(at(0, "\x1a\x45\xdf\xa3"), (head) => includes(head, "webm"))],
  ["video", "video/x-matroska", at(0, "\x1a\x45\xdf\xa3")],
  ["video", "video/x-msvideo", both(at(0, "RIFF"), at(8, "AVI "))],
  ["video", "video/x-flv", at(0, "FLV\x01")],
  ["video", "video/mpeg", at(0, "\0\0\x01\xba", "\0\0\x01\xb3")],
  ["document", "application/pdf", (head) => includes(head.subarray(0, 1_024), "%PDF-")],
];

function ascii(head: Uint8Array, offset: number, length: number): string {
  return Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString("latin1", offset, offset + length);
}

const includes = (head: Uint8Array, text: string): boolean => ascii(head, 0, head.length).includes(text);

/** A frame's eleven bits of sync, with a layer (ADTS has none), a bit rate and a sample rate that exist. */
function isMpegAudio([first = 0, second = 0, third = 0]: Uint8Array): boolean {
  const layer = (second >> 1) & 3;
  return (
    first === 0xff &&
    second >= 0xe0 &&
    ((second >> 3) & 3) !== 1 &&
    layer !== 0 &&
    third >> 4 !== 15 &&
    ((third >> 2) & 3) !== 3
  );
}

function isAdts([first = 0, second = 0]: Uint8Array): boolean {
  return first === 0xff && (second & 0xf6) === 0xf0;
}

/** UTF-8 (a character cut by the end of the head aside) without control characters but those of lines. */
function isText(head: Uint8Array): boolean {
  if (head.length === 0) return false;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return !/[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text);
  } catch {
    return false;
  }
}
