import type { HeaderBytes } from "./header-bytes.ts";
import type { ImageFacts, StoredImage } from "./image-size.ts";

/** Size of the screen, whether a second frame follows, and whether the last block that is looked at is whole. */
export function gifFacts(head: HeaderBytes): StoredImage | undefined {
  if (head.length < 13) return undefined;
  return { width: head.number(6, 2), height: head.number(8, 2), ...lookForSecondFrame(head) };
}

const frame = 0x2c;
const extension = 0x21;
/** The extension before a frame; its first bit says that a colour of the table is none. */
const control = 0xf9;

function lookForSecondFrame(head: HeaderBytes): Pick<ImageFacts, "animated" | "hasAlpha" | "cut"> {
  let offset = 13 + tableLength(head.byte(10));
  let frames = 0;
  let hasAlpha = false;
  while (offset < head.length) {
    const introducer = head.byte(offset);
    if (introducer !== frame && introducer !== extension) return { animated: false, hasAlpha, cut: false };
    if (introducer === frame) frames += 1;
    else if (head.byte(offset + 1) === control) hasAlpha ||= (head.byte(offset + 3) & 1) === 1;
    if (frames > 1) return { animated: true, hasAlpha, cut: false };
    offset = afterBlocks(head, introducer === frame ? offset + 11 + tableLength(head.byte(offset + 9)) : offset + 2);
  }
  // The byte that ends a file is left out by some encoders.
  return { animated: false, hasAlpha, cut: frames === 0 || offset > head.length };
}

/** A table of colours: bit 7 says that there is one, bits 0 to 2 how long it is. */
const tableLength = (flags: number): number => (flags >= 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** Data come in blocks of up to 255 bytes, each after its length; an empty one ends them. */
function afterBlocks(head: HeaderBytes, start: number): number {
  let offset = start;
  while (head.byte(offset) !== 0) offset += 1 + head.byte(offset);
  return offset + 1;
}
