import type { HeaderBytes } from "./header-bytes.ts";
import type { StoredImage } from "./image-size.ts";
import { exifOrientation } from "./tiff-facts.ts";

/** Most chunks that are looked at; one of pixels has 8 kB or more with the usual encoders. */
const maxChunks = 100_000;

/** Size and alpha (IHDR, tRNS), animation (acTL), EXIF orientation (eXIf, before or after the pixels) and end (IEND). */
export function pngFacts(head: HeaderBytes): StoredImage | undefined {
  if (head.length < 24 || head.text(12, 4) !== "IHDR") return undefined;
  let orientation: number | undefined;
  let animated = false;
  // Types of colour 4 and 6 have a channel for it; others may name a colour.
  let hasAlpha = (head.byte(25) & 4) !== 0;
  let offset = 8;
  let count = 0;
  let type = 0;
  for (; count < maxChunks && type !== chunk.IEND && offset + 12 <= head.length; count += 1) {
    const length = head.number(offset, 4);
    type = head.number(offset + 4, 4);
    if (type === chunk.acTL) animated = head.number(offset + 8, 4) > 1;
    if (type === chunk.eXIf) orientation ??= exifOrientation(head.part(offset + 8, offset + 8 + length));
    if (type === chunk.tRNS) hasAlpha = true;
    offset += 12 + length;
  }
  const cut = count < maxChunks && (type !== chunk.IEND || offset > head.length);
  return {
    width: head.number(16, 4),
    height: head.number(20, 4),
    orientation: orientation ?? 1,
    animated,
    hasAlpha,
    cut,
  };
}

/** Names of chunks, as numbers: a file may have very many of them. */
const chunk = { acTL: 0x61_63_54_4c, eXIf: 0x65_58_49_66, tRNS: 0x74_52_4e_53, IEND: 0x49_45_4e_44 };
