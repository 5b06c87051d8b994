import type { HeaderBytes } from "./header-bytes.ts";
import type { StoredImage } from "./image-size.ts";

/** Size of the screen, and whether a second frame follows. */
export function gifFacts(head: HeaderBytes): StoredImage | undefined {
  if (head.length < 13) return undefined;
  return { width: head.number(6, 2), height: head.number(8, 2), animated: hasSecondFrame(head) };
}

const frame = 0x2c;
const extension = 0x21;

function hasSecondFrame(head: HeaderBytes): boolean {
  let offset = 13 + tableLength(head.byte(10));
  for (let frames = 0; offset < head.length;) {
    const introducer = head.byte(offset);
    if (introducer === frame) {
      frames += 1;
      if (frames > 1) return true;
      offset = afterBlocks(head, offset + 11 + tableLength(head.byte(offset + 9)));
    } else if (introducer === extension) {
      offset = afterBlocks(head, offset + 2);
    } else {
      return false;
    }
  }
  return false;
}

/** A table of colours: bit 7 says that there is one, bits 0 to 2 how long it is. */
const tableLength = (flags: number): number => (flags >= 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** Data come in blocks of up to 255 bytes, each after its length; an empty one ends them. */
function afterBlocks(head: HeaderBytes, start: number): number {
  let offset = start;
  while (head.byte(offset) !== 0) offset += 1 + head.byte(offset);
  return offset + 1;
}
