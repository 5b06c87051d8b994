import type { HeaderBytes } from "./header-bytes.ts";
import type { ImageSize } from "./image-size.ts";

/** Size of a Windows bitmap, or of one of OS/2 with its shorter header. */
export function bmpFacts(head: HeaderBytes): ImageSize | undefined {
  if (head.length < 26) return undefined;
  if (head.number(14, 4) === 12) return { width: head.number(18, 2), height: head.number(20, 2) };
  // A negative height says that the rows go from top to bottom.
  return { width: Math.abs(head.number(18, 4) | 0), height: Math.abs(head.number(22, 4) | 0) };
}
