import type { ImagePart } from "../core/message.ts";
import { checkSize, type FittedPart, type FitTarget } from "./fitted-part.ts";
import type { ToolPicture } from "./media-tools.ts";

/** A picture in a form and size that the server takes. Nothing is changed where nothing is known of the server. */
export async function fitPicture(bytes: Uint8Array, target: FitTarget): Promise<FittedPart> {
  const { provider, fitting, tools, signal } = target;
  const maxEdge = fitting.image?.maxEdge;
  const formats = provider.media?.image;
  const picture = await tools.fitImage(bytes, { ...formats, ...(maxEdge === undefined ? {} : { maxEdge }) }, signal);
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
    changes,
  };
}

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
