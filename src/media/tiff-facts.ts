import type { HeaderBytes } from "./header-bytes.ts";
import type { StoredImage } from "./image-size.ts";

/** Tags of TIFF 6.0 and EXIF. */
const tag = { width: 256, height: 257, orientation: 274 };

/** The first page of a TIFF. */
export function tiffFacts(head: HeaderBytes): StoredImage | undefined {
  const directory = firstDirectory(head);
  if (!directory) return undefined;
  const [width, height] = [directory.values.get(tag.width), directory.values.get(tag.height)];
  if (width === undefined || height === undefined) return undefined;
  return { width, height, orientation: orientationOf(directory), animated: directory.hasNext };
}

/** How a picture is turned, by its EXIF block, with or without the letters "Exif" before it; 1 where it says nothing valid. */
export function exifOrientation(block: HeaderBytes): number {
  const directory = firstDirectory(block.text(0, 4) === "Exif" ? block.part(6, block.length) : block);
  return directory ? orientationOf(directory) : 1;
}

interface Directory {
  readonly values: ReadonlyMap<number, number>;
  readonly hasNext: boolean;
}

function orientationOf({ values }: Directory): number {
  const value = values.get(tag.orientation) ?? 1;
  return value >= 1 && value <= 8 ? value : 1;
}

/** The single numbers in a file's first directory, which has 65,535 entries at the most. */
function firstDirectory(block: HeaderBytes): Directory | undefined {
  const order = { "II*\0": "little", "MM\0*": "big" }[block.text(0, 4)];
  if (order !== "little" && order !== "big") return undefined;
  const tiff = block.part(0, block.length, order);
  const start = tiff.number(4, 4);
  const count = tiff.number(start, 2);
  const values = new Map<number, number>();
  for (let index = 0; index < count; index += 1) {
    const entry = start + 2 + index * 12;
    if (entry + 12 > tiff.length) return { values, hasNext: false };
    const value = singleNumber(tiff, entry);
    if (value !== undefined) values.set(tiff.number(entry, 2), value);
  }
  return { values, hasNext: tiff.number(start + 2 + count * 12, 4) !== 0 };
}

/** An entry is a tag, a type, a count and, where it fits into four bytes, the value: BYTE, SHORT or LONG. */
function singleNumber(tiff: HeaderBytes, entry: number): number | undefined {
  if (tiff.number(entry + 4, 4) !== 1) return undefined;
  switch (tiff.number(entry + 2, 2)) {
    case 1:
      return tiff.byte(entry + 8);
    case 3:
      return tiff.number(entry + 8, 2);
    case 4:
      return tiff.number(entry + 8, 4);
    default:
      return undefined;
  }
}
