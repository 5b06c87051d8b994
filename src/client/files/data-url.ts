import type { ImagePart } from "../../core/message.ts";

/** A picture given as a `data:` URL in base64; undefined where it is something else. */
export function partOfDataUrl(url: string): ImagePart | undefined {
  const [, mediaType] = /^data:(image\/[\w.+-]+);base64,/.exec(url.slice(0, 128)) ?? [];
  const data = url.slice(url.indexOf(",") + 1);
  return mediaType === undefined || !isBase64(data) ? undefined : { type: "image", mediaType, data };
}

/** The bytes of a `data:` URL in base64; undefined where it is something else. */
export function bytesOfDataUrl(url: string): Uint8Array | undefined {
  const comma = url.indexOf(",");
  return /;base64$/i.test(url.slice(0, Math.max(0, comma))) ? bytesOfBase64(url.slice(comma + 1)) : undefined;
}

/** The bytes of base64; undefined where it is none. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  return isBase64(text) ? Buffer.from(text, "base64") : undefined;
}

const isBase64 = (text: string): boolean => /^[A-Za-z0-9+/]+={0,2}$/.test(text);
