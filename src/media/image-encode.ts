import type { EndSignal } from "../core/call-end.ts";
import { abortError } from "../core/error.ts";
import type { ImageSize } from "./image-size.ts";
import type { Sharp } from "./load-sharp.ts";

/**
 * Most pixels of a picture that is read: 268,402,689, which is 16,383². It is sharp's own bound too. A picture is read row by
 * row; progressive JPEG and interlaced PNG are held whole, at 3 bytes a pixel: 0.8 GB at the most.
 */
export const maxInputPixels = 0x3fff ** 2;

/** A picture as sharp reads it: a file, or the pixels of one that sharp does not know. */
export type EncodeSource =
  | { readonly bytes: Uint8Array; readonly isLossy: boolean }
  | { readonly pixels: Uint8Array; readonly size: ImageSize };

/** In which form a picture is written. */
export interface EncodeForm {
  readonly size: ImageSize;
  /** PNG, JPEG or WebP: those of them that are taken, one at least. */
  readonly mediaTypes: readonly string[];
  /** Whether what one can see through is put on white. */
  readonly opaqueOnly: boolean;
}

/** A picture written anew. */
export interface EncodedImage {
  readonly data: Uint8Array;
  readonly mediaType: string;
  /** Whether parts that one could see through were made white. */
  readonly isWhitened: boolean;
}

/**
 * Reads the first frame of a picture, turns it as its EXIF says, scales it and writes it in one of `mediaTypes`, in sRGB
 * with 8 bits and without metadata. PNG where one can see through it and where it is small as a PNG, as line art is: at
 * most twice as large as its JPEG, if it does not come from a lossy format. Else JPEG of quality 85.
 */
export async function encodeImage(
  sharp: Sharp,
  source: EncodeSource,
  { size, mediaTypes, opaqueOnly }: EncodeForm,
  signal?: EndSignal,
): Promise<EncodedImage> {
  const read = (): ReturnType<Sharp> =>
    open(sharp, source)
      .autoOrient()
      .resize({ ...size, fit: "fill" })
      .toColourspace("srgb");
  const isLossy = "isLossy" in source && source.isLossy;
  const takesPng = mediaTypes.includes("image/png");
  const isLong = Math.max(size.width, size.height) > longestEdge;
  const [lossy] = mediaTypes.filter((mediaType) => mediaType !== "image/png" && !(takesPng && isLong));
  const { hasAlpha } = await open(sharp, source).metadata();
  throwIfAborted(signal);
  if (!hasAlpha && lossy !== undefined && (isLossy || !takesPng)) {
    return { data: await write(read(), lossy), mediaType: lossy, isWhitened: false };
  }
  // Whether one can see through it, and how large it is, is asked of the small result and not of the whole picture again.
  let png = await write(read(), "image/png");
  throwIfAborted(signal);
  const isTransparent = hasAlpha && !(await sharp(png).stats()).isOpaque;
  throwIfAborted(signal);
  const isWhitened = isTransparent && opaqueOnly;
  if (isWhitened) png = await write(sharp(png).flatten(white), "image/png");
  throwIfAborted(signal);
  const asPng = { data: png, mediaType: "image/png", isWhitened };
  if (lossy === undefined || (takesPng && isTransparent && !opaqueOnly)) return asPng;
  const data = await write(sharp(png), lossy);
  throwIfAborted(signal);
  if (takesPng && !isLossy && png.length <= data.length * 2) return asPng;
  return { data, mediaType: lossy, isWhitened: isWhitened || (isTransparent && lossy === "image/jpeg") };
}

/** Longer ones are written as PNG where it is taken, for the other formats have no room for them: WebP's bound, the lower one. */
const longestEdge = 16_383;
const quality = 85;
const white = { background: "white" };

function write(picture: ReturnType<Sharp>, mediaType: string): Promise<Uint8Array> {
  switch (mediaType) {
    case "image/png":
      return picture.png().toBuffer();
    case "image/webp":
      return picture.webp({ quality }).toBuffer();
    default:
      // Tables made for the one picture save a twentieth of the file and need all of it in memory, 6 bytes a pixel.
      return picture.flatten(white).jpeg({ quality, optimiseCoding: false }).toBuffer();
  }
}

/** Whether one can see through no part of a picture, although it has a channel for that, as pictures of screens do. */
export async function isOpaque(sharp: Sharp, source: EncodeSource): Promise<boolean> {
  return (await open(sharp, source).stats()).isOpaque;
}

function open(sharp: Sharp, source: EncodeSource): ReturnType<Sharp> {
  const bounds = { failOn: "error", limitInputPixels: maxInputPixels } as const;
  if ("bytes" in source) return sharp(source.bytes, bounds);
  return sharp(source.pixels, { ...bounds, raw: { ...source.size, channels: 3 } });
}

/** Ends what is done in several steps where its caller has ended it. */
export function throwIfAborted(signal: EndSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}
