import type { EndSignal } from "../core/call-end.ts";
import { isInhouseError } from "../core/error.ts";
import type { ImageBudget } from "./image-budget.ts";
import { encodeImage, isOpaque, throwIfAborted } from "./image-encode.ts";
import { nothingTaken, tooManyBytes } from "./image-errors.ts";
import { uprightSize } from "./image-facts.ts";
import { imageChanges, type ImagePlan, imagePlan, scaled, shown, whitened } from "./image-plan.ts";
import type { ImageFacts, ImageSize } from "./image-size.ts";
import { checkedFacts, encodeSource, readingError } from "./image-source.ts";
import { loadSharp, type Sharp } from "./load-sharp.ts";

export type { ImageBudget } from "./image-budget.ts";

/** A picture that fits; its size is that of its upright pixels. */
export interface FittedImage extends ImageSize {
  readonly data: Uint8Array;
  readonly mediaType: string;
  /** What was done to it, as ends of a sentence: "scaled from 4032 × 3024 to 1540 × 1155". Empty: `data` are the given bytes. */
  readonly changes: readonly string[];
}

/**
 * Makes a picture fit: upright, of one frame, in a format that is taken, within the bounds on edge, pixels and bytes. A
 * picture that fits is returned as it is, and no package is loaded. Else sharp, an optional peer, writes it anew, in sRGB
 * and without its metadata (place, camera, author): PNG where one can see through it or where it is small as a PNG (line
 * art), else JPEG of quality 85.
 *
 * Throws `invalid-request` for what is empty, cut, damaged or no picture; `limit` for more than 268,402,689 pixels, and
 * where `maxBytes` cannot be kept; `unsupported` where sharp is missing, cannot read the format, or nothing that can be
 * written is taken; `abort` between two steps.
 */
export async function fitImage(bytes: Uint8Array, budget: ImageBudget, signal?: EndSignal): Promise<FittedImage> {
  throwIfAborted(signal);
  const facts = await checkedFacts(bytes);
  throwIfAborted(signal);
  const plan = imagePlan(facts, bytes.length, budget);
  if (plan.steps.length === 0) return asItIs(bytes, facts);
  const steps = `${plan.steps.slice(0, -1).join(", ")} and ${plan.steps.at(-1)}`.replace(/^ and /, "");
  if (plan.mediaTypes.length === 0) throw nothingTaken(facts, budget, steps);
  const sharp = await loadSharp(
    `A picture (${facts.mediaType}, ${shown(facts)}) has to be ${steps} before it is sent.`,
  );
  throwIfAborted(signal);
  try {
    return await written(sharp, { bytes, facts, plan, budget }, signal);
  } catch (cause) {
    throw isInhouseError(cause) ? cause : readingError(facts.mediaType, cause);
  }
}

interface Work {
  readonly bytes: Uint8Array;
  readonly facts: ImageFacts;
  readonly plan: ImagePlan;
  readonly budget: ImageBudget;
}

/** Most tries to keep `maxBytes`; each has edges of half to nine tenths of the last. */
const maxTries = 8;

async function written(sharp: Sharp, work: Work, signal: EndSignal | undefined): Promise<FittedImage> {
  const { bytes, facts, plan, budget } = work;
  const { maxBytes = Infinity, opaqueOnly = false } = budget;
  const source = encodeSource(bytes, facts);
  if (plan.steps.every((step) => step === whitened) && (await isOpaque(sharp, source))) return asItIs(bytes, facts);
  let { size, mediaTypes } = plan;
  for (let count = 0; count < maxTries; count += 1) {
    throwIfAborted(signal);
    const { data, mediaType, isWhitened } = await encodeImage(sharp, source, { size, mediaTypes, opaqueOnly }, signal);
    throwIfAborted(signal);
    if (data.length <= maxBytes) {
      const changes = imageChanges(facts, size, mediaType);
      if (isWhitened) changes.push(whitened);
      if (bytes.length > maxBytes) changes.push(`compressed from ${bytes.length} to ${data.length} bytes`);
      return { data, mediaType, ...size, changes };
    }
    const others = mediaTypes.filter((other) => other !== "image/png");
    if (mediaType === "image/png" && others.length > 0) mediaTypes = others;
    else size = scaled(size, Math.min(0.9, Math.max(0.5, Math.sqrt(maxBytes / data.length) * 0.95)));
  }
  throw tooManyBytes(maxBytes);
}

function asItIs(bytes: Uint8Array, facts: ImageFacts): FittedImage {
  return { data: bytes, mediaType: facts.mediaType, ...uprightSize(facts), changes: [] };
}
