import type { HeaderBytes } from "./header-bytes.ts";
import type { StoredImage } from "./image-size.ts";

/** Size of a Windows bitmap, or of one of OS/2 with its shorter header; whether it is cut, where its rows are not packed. */
export function bmpFacts(head: HeaderBytes): StoredImage | undefined {
  if (head.length < 30) return undefined;
  if (head.number(14, 4) === 12) {
    const [width, height] = [head.number(18, 2), head.number(20, 2)];
    return { width, height, cut: endOfRows(head, width, height, head.number(24, 2)) > head.length };
  }
  // A negative height says that the rows go from top to bottom.
  const [width, height] = [Math.abs(head.number(18, 4) | 0), Math.abs(head.number(22, 4) | 0)];
  const isPacked = ![plain, withMasks].includes(head.number(30, 4));
  return { width, height, cut: !isPacked && endOfRows(head, width, height, head.number(28, 2)) > head.length };
}

/** Ways of compression that are none. */
const plain = 0;
const withMasks = 3;

/** Each row is filled up to four bytes. */
function endOfRows(head: HeaderBytes, width: number, height: number, bitsPerPixel: number): number {
  return head.number(10, 4) + Math.ceil((width * bitsPerPixel) / 32) * 4 * height;
}
