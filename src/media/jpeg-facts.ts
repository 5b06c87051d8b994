import type { HeaderBytes } from "./header-bytes.ts";
import type { ImageSize, StoredImage } from "./image-size.ts";
import { exifOrientation } from "./tiff-facts.ts";

/** Most segments that are looked at; a camera writes about ten before the pixels. */
const maxSegments = 10_000;

/** Size (any SOF marker) and EXIF orientation (APP1), from the segments before the pixels, and whether an end (EOI) follows. */
export function jpegFacts(head: HeaderBytes): StoredImage | undefined {
  let size: ImageSize | undefined;
  let orientation: number | undefined;
  let cut = true;
  for (const { marker, start, end } of segments(head)) {
    if (isFrame(marker)) size ??= { height: head.number(start + 1, 2), width: head.number(start + 3, 2) };
    if (marker === 0xe1 && head.text(start, 6) === "Exif\0\0") orientation ??= exifOrientation(head.part(start, end));
    // Among the pixels no 0xff stands before anything but 0 and a marker.
    if (marker === startOfScan) cut = !head.has("\xff\xd9", start);
  }
  return size && { ...size, orientation: orientation ?? 1, cut };
}

interface Segment {
  readonly marker: number;
  /** Where its content begins, after the length, and ends. */
  readonly start: number;
  readonly end: number;
}

/** Up to the first pixels. What stands between two segments is skipped, as decoders do. */
function* segments(head: HeaderBytes): Generator<Segment> {
  let offset = 2;
  for (let count = 0; count < maxSegments; count += 1) {
    while (offset < head.length && head.byte(offset) !== 0xff) offset += 1;
    while (head.byte(offset) === 0xff) offset += 1;
    if (offset + 3 > head.length) return;
    const marker = head.byte(offset);
    if (marker === endOfImage) return;
    offset += 1;
    if (isAlone(marker)) continue;
    const end = offset + Math.max(2, head.number(offset, 2));
    yield { marker, start: offset + 2, end };
    if (marker === startOfScan) return;
    offset = end;
  }
}

const startOfScan = 0xda;
const endOfImage = 0xd9;

/** SOF0 to SOF15; DHT, JPG and DAC lie among them. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Markers without a length: a stuffed byte, TEM, RST0 to RST7, SOI. */
const isAlone = (marker: number): boolean => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);
