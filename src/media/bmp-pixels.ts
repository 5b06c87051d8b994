import { headerBytes } from "./header-bytes.ts";
import type { ImageSize } from "./image-size.ts";

/**
 * The pixels of a bitmap as red, green and blue, from the top row to the bottom, for sharp reads no bitmaps. Undefined for
 * a form that is rare: packed, of another depth than 8, 24 or 32 bits, or with masks of its own.
 */
export function bmpPixels(bytes: Uint8Array, { width, height }: ImageSize): Uint8Array | undefined {
  const head = headerBytes(bytes, "little");
  const [start, headLength, depth, packing] = [
    head.number(10, 4),
    head.number(14, 4),
    head.number(28, 2),
    head.number(30, 4),
  ];
  if (headLength < 40 || packing !== 0 || ![8, 24, 32].includes(depth)) return undefined;
  const isTopDown = (head.number(22, 4) | 0) < 0;
  const step = depth / 8;
  const rowLength = Math.ceil((width * step) / 4) * 4;
  const colours = bytes.subarray(14 + headLength, start);
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y += 1) {
    let from = start + (isTopDown ? y : height - 1 - y) * rowLength;
    for (let x = 0; x < width; x += 1, from += step, to += 3) {
      const [source, place] = depth === 8 ? [colours, (bytes[from] ?? 0) * 4] : [bytes, from];
      pixels[to] = source[place + 2] ?? 0;
      pixels[to + 1] = source[place + 1] ?? 0;
      pixels[to + 2] = source[place] ?? 0;
    }
  }
  return pixels;
}
