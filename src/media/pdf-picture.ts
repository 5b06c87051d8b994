import { abortError, InhouseError } from "../core/error.ts";
import type { PdfHandle, PdfPage } from "./load-pdf.ts";

/** How the picture of a page is made. */
export interface PagePictureOptions {
  /** Pixels of the longer edge, from 1 to 8,192. Default 1,540, the most that Mistral's models look at. */
  readonly maxEdge?: number;
  readonly signal?: AbortSignal;
}

/** The picture of a page. */
export interface PagePicture {
  readonly data: Uint8Array;
  /** PNG, and JPEG where that would be more than a megabyte, as photographs are. */
  readonly mediaType: "image/png" | "image/jpeg";
  readonly width: number;
  readonly height: number;
}

/** A small page is not drawn finer than this, in dots per point: 300 per inch. */
const maxScale = 300 / 72;
const largestEdge = 8_192;
const maxPngBytes = 1_000_000;

/** What is used of a canvas of `@napi-rs/canvas`. */
interface Canvas {
  encode(format: "png"): Promise<Uint8Array>;
  encode(format: "jpeg", quality: number): Promise<Uint8Array>;
}

/** What pdf.js makes its canvases with. */
interface CanvasFactory {
  create(width: number, height: number): { readonly canvas: Canvas };
  destroy(drawing: ReturnType<CanvasFactory["create"]>): void;
}

/** Draws a page on white. Its longer edge has `maxEdge` pixels, fewer where 300 dots per inch are reached, however large its paper is. */
export async function pagePicture(
  handle: PdfHandle,
  page: PdfPage,
  { maxEdge = 1_540, signal }: PagePictureOptions,
): Promise<PagePicture> {
  if (!Number.isInteger(maxEdge) || maxEdge < 1 || maxEdge > largestEdge) {
    throw new InhouseError("invalid-request", `maxEdge must be a whole number from 1 to ${largestEdge}.`);
  }
  if (signal?.aborted) throw abortError(signal);
  const paper = page.getViewport({ scale: 1 });
  const scale = Math.min(maxEdge / Math.max(paper.width, paper.height), maxScale);
  const width = Math.max(1, Math.floor(paper.width * scale));
  const height = Math.max(1, Math.floor(paper.height * scale));
  const canvases = handle.canvasFactory as CanvasFactory;
  const drawing = canvases.create(width, height);
  const task = page.render({ canvas: drawing.canvas, viewport: page.getViewport({ scale }), background: "white" });
  const cancel = (): void => task.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    await task.promise;
    const { data, mediaType } = await encoded(drawing.canvas);
    return { data, mediaType, width, height };
  } catch (cause) {
    if (signal?.aborted) throw abortError(signal);
    throw cause;
  } finally {
    signal?.removeEventListener("abort", cancel);
    canvases.destroy(drawing);
  }
}

async function encoded(canvas: Canvas): Promise<Pick<PagePicture, "data" | "mediaType">> {
  const png = await canvas.encode("png");
  if (png.length <= maxPngBytes) return { data: png, mediaType: "image/png" };
  return { data: await canvas.encode("jpeg", 85), mediaType: "image/jpeg" };
}
