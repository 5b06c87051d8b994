import { bmpPixels } from "./bmp-pixels.ts";
import { type EncodeSource, maxInputPixels } from "./image-encode.ts";
import {
  damagedPicture,
  emptyPicture,
  noPicture,
  tooLongAnEdge,
  tooManyPixels,
  unknownToSharp,
} from "./image-errors.ts";
import { imageFacts } from "./image-facts.ts";
import type { ImageFacts } from "./image-size.ts";
import { loadSharp } from "./load-sharp.ts";
import { sniff } from "./sniff.ts";

/** Formats whose head is read by sharp alone. */
const isoFormats = ["image/avif", "image/heic"];

/** What is known of a file that has to be a picture, whole and within the bounds; throws where it is not. */
export async function checkedFacts(bytes: Uint8Array): Promise<ImageFacts> {
  if (bytes.length === 0) throw emptyPicture();
  const sniffed = sniff(bytes);
  if (sniffed.kind !== "image") throw noPicture(sniffed);
  const { mediaType } = sniffed;
  const facts = isoFormats.includes(mediaType) ? await factsBySharp(bytes, mediaType) : imageFacts(bytes);
  if (!facts) throw damagedPicture(mediaType, "cut or damaged: its head gives no size");
  if (facts.cut) throw damagedPicture(mediaType, "cut: its end is missing");
  if (facts.width * facts.height > maxInputPixels) throw tooManyPixels(facts);
  return facts;
}

async function factsBySharp(bytes: Uint8Array, mediaType: string): Promise<ImageFacts> {
  const sharp = await loadSharp(`A picture of ${mediaType} has to be read before it is sent.`);
  try {
    // The size is checked by the caller; a picture is turned by its own decoder, and EXIF has no say.
    const { width, height, hasAlpha, pages = 1 } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return { mediaType, width, height, orientation: 1, animated: pages > 1, hasAlpha, cut: false };
  } catch (cause) {
    throw readingError(mediaType, cause, "cut or damaged: its head cannot be read");
  }
}

/** What is read when a picture is written anew: the file, or the pixels of a bitmap. */
export function encodeSource(bytes: Uint8Array, facts: ImageFacts): EncodeSource {
  if (facts.mediaType !== "image/bmp")
    return { bytes, isLossy: ["image/jpeg", ...isoFormats].includes(facts.mediaType) };
  const pixels = bmpPixels(bytes, facts);
  if (!pixels) throw unknownToSharp(facts.mediaType);
  return { pixels, size: facts };
}

/** What it means that sharp could not read a picture that it was given; `how` says how far it came. */
export function readingError(
  mediaType: string,
  cause: unknown,
  how = "cut or damaged: it cannot be read to its end",
): Error {
  const message = String(cause);
  const format = /too large for the (\w+) format/.exec(message)?.[1];
  if (format !== undefined) return tooLongAnEdge(format, cause);
  // The sharp from npm reads AVIF, and of HEIC the head alone.
  const isUnknown =
    message.includes("has not been built in") ||
    (isoFormats.includes(mediaType) && message.includes("unsupported image format"));
  return isUnknown ? unknownToSharp(mediaType, cause) : damagedPicture(mediaType, how, cause);
}
