import { InhouseError } from "../core/error.ts";
import type { ImageBudget } from "./image-budget.ts";
import { maxInputPixels } from "./image-encode.ts";
import { shown } from "./image-plan.ts";
import type { ImageFacts, ImageSize } from "./image-size.ts";
import type { Sniffed } from "./sniff.ts";

const formats = "PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF";

export function emptyPicture(): InhouseError {
  const hint = "Look whether the file was written to its end, and whether its stream was read before.";
  return new InhouseError("invalid-request", "The picture is empty: it has 0 bytes.", { hint });
}

/** For a file that is something else, whatever its name says. */
export function noPicture({ kind, mediaType }: Sniffed): InhouseError {
  const what = kind === "unknown" ? "its first bytes are of no known format" : `by its content it is ${mediaType}`;
  const hint = `Pass it as what it is, or pass a ${formats}.`;
  return new InhouseError("invalid-request", `This is no picture: ${what}.`, { hint });
}

/** For a file whose end is missing, or whose middle cannot be read; `how` says which. */
export function damagedPicture(mediaType: string, how: string, cause?: unknown): InhouseError {
  const message = `The picture (${mediaType}) is ${how}.`;
  return new InhouseError("invalid-request", message, { hint: "Read, copy or upload the file once more.", cause });
}

export function tooManyPixels(size: ImageSize, cause?: unknown): InhouseError {
  const message = `The picture has ${shown(size)} pixels, more than the ${maxInputPixels} that are read.`;
  return new InhouseError("limit", message, { hint: "Scale it down or cut it into parts before.", cause });
}

export function tooManyBytes(maxBytes: number): InhouseError {
  const message = `The picture cannot be made to fit into ${maxBytes} bytes.`;
  return new InhouseError("limit", message, { hint: "Cut out the part that matters." });
}

/** For an edge that no file of the format can have: 65,500 pixels for JPEG, 16,383 for WebP. */
export function tooLongAnEdge(format: string, cause: unknown): InhouseError {
  const message = `An edge of the picture is too long for ${format}, in which the server takes it.`;
  return new InhouseError("limit", message, { hint: "Cut it into parts before.", cause });
}

export function unknownToSharp(mediaType: string, cause?: unknown): InhouseError {
  const message = `Pictures of this form of ${mediaType} cannot be read here.`;
  return new InhouseError("unsupported", message, { hint: "Save it as JPEG or PNG before.", cause });
}

/** For a server that takes none of what can be written. */
export function nothingTaken(facts: ImageFacts, { mediaTypes = [] }: ImageBudget, step: string): InhouseError {
  const taken = mediaTypes.join(", ") || "no pictures";
  const message = `A picture (${facts.mediaType}, ${shown(facts)}) has to be ${step}, and the server takes ${taken}.`;
  const hint = "PNG, JPEG and WebP can be written here. Pass the picture in a form and size that the server takes.";
  return new InhouseError("unsupported", message, { hint });
}
