import type { ImageBudget } from "./image-budget.ts";
import { uprightSize } from "./image-facts.ts";
import type { ImageFacts, ImageSize } from "./image-size.ts";

/** What is to become of a picture; the format is open until it was seen. */
export interface ImagePlan {
  /** The upright size. */
  readonly size: ImageSize;
  /** Formats in which it may be written: those of PNG, JPEG and WebP that are taken. */
  readonly mediaTypes: readonly string[];
  /** What has to be done, as the ends of a sentence; empty where the picture fits as it is. */
  readonly steps: readonly string[];
}

/** What can be written, the best first. */
const writable = ["image/png", "image/jpeg", "image/webp"];

/** What has to be done to a picture so that it fits: nothing, or what its size, format, EXIF, frames and bytes ask for. */
export function imagePlan(facts: ImageFacts, byteLength: number, budget: ImageBudget): ImagePlan {
  const accepts = (mediaType: string): boolean => budget.mediaTypes?.includes(mediaType) ?? true;
  const mediaTypes = writable.filter(accepts);
  const size = sizeWithin(uprightSize(facts), budget);
  const mediaType = accepts(facts.mediaType) ? facts.mediaType : mediaTypes.join(" or ") || "another format";
  const steps = imageChanges(facts, size, mediaType);
  const { maxBytes = Infinity } = budget;
  if (facts.hasAlpha && budget.opaqueOnly) steps.push(whitened);
  if (byteLength > maxBytes) steps.push(`compressed from ${byteLength} bytes to at most ${maxBytes}`);
  return { size, mediaTypes, steps };
}

/** What is done where a server or a format has no transparency. */
export const whitened = "put on white where one could see through it";

/** What makes a picture upright, still, of another size and format, as the ends of a sentence; empty where nothing does. */
export function imageChanges(facts: ImageFacts, size: ImageSize, mediaType: string): string[] {
  const changes: string[] = [];
  const upright = uprightSize(facts);
  const turn = turns[facts.orientation];
  if (turn !== undefined) changes.push(`${turn} as its EXIF says`);
  if (facts.animated)
    changes.push(`reduced to the first of its ${facts.mediaType === "image/tiff" ? "pages" : "frames"}`);
  if (shown(size) !== shown(upright)) changes.push(`scaled from ${shown(upright)} to ${shown(size)}`);
  if (mediaType !== facts.mediaType) changes.push(`converted from ${facts.mediaType} to ${mediaType}`);
  return changes;
}

/** EXIF's numbers from 2 on. */
const turns: Readonly<Record<number, string>> = {
  2: "mirrored",
  3: "turned by 180°",
  4: "mirrored and turned by 180°",
  5: "mirrored and turned by 270°",
  6: "turned by 90°",
  7: "mirrored and turned by 90°",
  8: "turned by 270°",
};

/** A size in words, such as 4032 × 3024. */
export const shown = ({ width, height }: ImageSize): string => `${width} × ${height}`;

/** The largest size of the same form within the limits; an edge has one pixel at least. */
function sizeWithin(size: ImageSize, { maxEdge = Infinity, maxPixels = Infinity }: ImageBudget): ImageSize {
  const { width, height } = size;
  const scale = Math.min(1, maxEdge / Math.max(width, height), Math.sqrt(maxPixels / (width * height)));
  return scale === 1 ? size : scaled(size, scale);
}

/** The size times a factor, rounded down so that no limit is passed. */
export function scaled({ width, height }: ImageSize, scale: number): ImageSize {
  // 3024 · (1540 / 4032) is 1155 and must not become 1154.
  const edge = (pixels: number): number => Math.max(1, Math.floor(pixels * scale + 1e-6));
  return { width: edge(width), height: edge(height) };
}
