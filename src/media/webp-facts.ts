import type { HeaderBytes } from "./header-bytes.ts";
import type { ImageSize, StoredImage } from "./image-size.ts";
import { exifOrientation } from "./tiff-facts.ts";

/** Most chunks that are looked at: a still picture has up to six. */
const maxChunks = 10_000;

/** Size of a lossy, lossless or extended file; of the last, animation and EXIF orientation too. The head tells the length. */
export function webpFacts(head: HeaderBytes): StoredImage | undefined {
  const facts = firstChunk(head);
  return facts && { ...facts, cut: head.number(4, 4) + 8 > head.length };
}

function firstChunk(head: HeaderBytes): StoredImage | undefined {
  switch (head.text(12, 4)) {
    case "VP8 ":
      return head.length < 30 ? undefined : lossySize(head);
    case "VP8L":
      return head.length < 25 ? undefined : losslessSize(head);
    case "VP8X":
      return head.length < 30 ? undefined : extended(head);
    default:
      return undefined;
  }
}

/** After the tag of a key frame and its three fixed bytes; the upper two bits of each number are a scale. */
function lossySize(head: HeaderBytes): ImageSize | undefined {
  if (head.text(23, 3) !== "\x9d\x01\x2a") return undefined;
  return { width: head.number(26, 2) & 0x3fff, height: head.number(28, 2) & 0x3fff };
}

/** Two numbers of 14 bits, each one less than the size, and one bit for alpha. */
function losslessSize(head: HeaderBytes): StoredImage | undefined {
  if (head.byte(20) !== 0x2f) return undefined;
  const bits = head.number(21, 4);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, hasAlpha: (bits & 0x1000_0000) !== 0 };
}

function extended(head: HeaderBytes): StoredImage {
  const flags = head.byte(20);
  return {
    width: head.number(24, 3) + 1,
    height: head.number(27, 3) + 1,
    animated: (flags & 0x02) !== 0,
    hasAlpha: (flags & 0x10) !== 0,
    orientation: (flags & 0x08) === 0 ? 1 : orientationIn(head),
  };
}

/** The EXIF chunk stands after the pixels. */
function orientationIn(head: HeaderBytes): number {
  let offset = 12;
  for (let count = 0; count < maxChunks && offset + 8 <= head.length; count += 1) {
    const length = head.number(offset + 4, 4);
    if (head.text(offset, 4) === "EXIF") return exifOrientation(head.part(offset + 8, offset + 8 + length));
    offset += 8 + length + (length % 2);
  }
  return 1;
}
