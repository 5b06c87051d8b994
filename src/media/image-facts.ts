import { bmpFacts } from "./bmp-facts.ts";
import { gifFacts } from "./gif-facts.ts";
import { headerBytes, type ByteOrder, type HeaderBytes } from "./header-bytes.ts";
import type { ImageFacts, ImageSize, StoredImage } from "./image-size.ts";
import { jpegFacts } from "./jpeg-facts.ts";
import { pngFacts } from "./png-facts.ts";
import { sniff } from "./sniff.ts";
import { tiffFacts } from "./tiff-facts.ts";
import { webpFacts } from "./webp-facts.ts";

export type { ImageFacts, ImageSize } from "./image-size.ts";

/**
 * What the head of a picture says about it: PNG, JPEG, GIF, WebP, BMP and TIFF. Nothing is decoded and no package is
 * needed; the time grows with the number of a file's pieces and never with its pixels. Undefined for another format, and
 * where the head is cut before the size. Never throws.
 */
export function imageFacts(bytes: Uint8Array): ImageFacts | undefined {
  const { mediaType } = sniff(bytes);
  const reader = Object.hasOwn(readers, mediaType) ? readers[mediaType] : undefined;
  if (!reader) return undefined;
  const [order, read] = reader;
  const facts = read(headerBytes(bytes, order));
  if (!facts || facts.width === 0 || facts.height === 0) return undefined;
  return { mediaType, orientation: 1, animated: false, hasAlpha: false, cut: false, ...facts };
}

const readers: Readonly<Record<string, readonly [ByteOrder, (head: HeaderBytes) => StoredImage | undefined]>> = {
  "image/png": ["big", pngFacts],
  "image/jpeg": ["big", jpegFacts],
  "image/gif": ["little", gifFacts],
  "image/webp": ["little", webpFacts],
  "image/bmp": ["little", bmpFacts],
  "image/tiff": ["little", tiffFacts],
};

/** The size of a picture when it is turned as its EXIF says: what a person sees, and a model should. */
export function uprightSize({
  width,
  height,
  orientation,
}: Pick<ImageFacts, "width" | "height" | "orientation">): ImageSize {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
