import { isInhouseError } from "../../core/error.ts";
import type { ImagePart } from "../../core/message.ts";
import { checkSize, type FittedPart, type FitTarget } from "./fitted-part.ts";
import type { FittedPicture, ToolPicture } from "./media-tools.ts";

/**
 * A picture in a form that the server takes, and no larger than its model makes use of. Nothing is changed where nothing is
 * known of either.
 */
export async function fitPicture(bytes: Uint8Array, target: FitTarget): Promise<FittedPart> {
  const { provider } = target;
  const formats = provider.media?.image;
  const picture = await smallest(bytes, target);
  checkSize(target, picture.data.length, formats?.maxBytes);
  const { width, height, mediaType, changes } = picture;
  return {
    parts: [pictureOf(picture)],
    kind: "image",
    mediaType,
    sizeBytes: picture.data.length,
    width,
    height,
    ...(await tokensOfPictures([picture], target)),
    changes: changes.map((change) => `The picture was ${change}.`),
  };
}

/** Within what the server takes and the caller wants; what the model has no use for is left out where that can be done. */
async function smallest(
  bytes: Uint8Array,
  { provider, model, fitting, tools, signal }: FitTarget,
): Promise<FittedPicture> {
  const needed = { ...provider.media?.image, ...fitting.image };
  const useful = model === undefined ? {} : await tools.imageBudget(model);
  const least = (one = Number.POSITIVE_INFINITY, other = Number.POSITIVE_INFINITY): number => Math.min(one, other);
  const [maxEdge, maxPixels] = [fitting.image?.maxEdge ?? useful.maxEdge, least(needed.maxPixels, useful.maxPixels)];
  const budget = {
    ...needed,
    ...(maxEdge === undefined ? {} : { maxEdge }),
    ...(Number.isFinite(maxPixels) ? { maxPixels } : {}),
  };
  try {
    return await tools.fitImage(bytes, budget, signal);
  } catch (error) {
    // Without what scales pictures, one that the server takes is sent as it is.
    if (!isInhouseError(error) || error.code !== "unsupported") throw error;
    const { opaqueOnly, ...taken } = needed;
    const picture = await tools.fitImage(bytes, taken, signal);
    if (!opaqueOnly || !(await tools.imageFacts(bytes))?.hasAlpha) return picture;
    return { ...picture, changes: [...picture.changes, seenThrough] };
  }
}

const seenThrough =
  "not put on white, for which sharp is not installed: where one can see through it, this server sees the colours beneath";

/** A picture in base64, which the sender says the form of: it stays as it is where it fits, or where its head does not tell. */
export async function fitGivenPicture(part: ImagePart, target: FitTarget): Promise<FittedPart> {
  const bytes = typeof part.data === "string" ? Buffer.from(part.data, "base64") : part.data;
  const asGiven = {
    parts: [part],
    kind: "image",
    mediaType: part.mediaType,
    sizeBytes: bytes.length,
    changes: [],
  } as const;
  if (!(await target.tools.imageFacts(bytes))) return asGiven;
  const fitted = await fitPicture(bytes, target);
  return fitted.changes.length > 0 ? fitted : { ...fitted, parts: [part], mediaType: part.mediaType };
}

/** A picture as a part of a message. */
export const pictureOf = ({ data, mediaType }: ToolPicture): ImagePart => ({ type: "image", mediaType, data });

/** About how many tokens pictures are together. */
export async function tokensOfPictures(
  pictures: readonly { readonly width: number; readonly height: number }[],
  { model, tools }: FitTarget,
): Promise<{ readonly tokens?: number }> {
  if (model === undefined) return {};
  let tokens = 0;
  for (const picture of pictures) {
    const some = await tools.imageTokens(model, picture);
    if (some === undefined) return {};
    tokens += some;
  }
  return { tokens };
}
