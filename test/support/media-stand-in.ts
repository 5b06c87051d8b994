import type { MediaTools, ToolPicture } from "../../src/client/files/media-tools.ts";

/** Bytes that begin as a file of each kind does. */
export const heads = {
  png: Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"),
  webp: Buffer.from("RIFF\x10\0\0\0WEBPVP8 ", "latin1"),
  wav: Buffer.from("RIFF\x10\0\0\0WAVEfmt ", "latin1"),
  mp4: Buffer.from("\0\0\0\x20ftypisom\0\0", "latin1"),
  pdf: Buffer.from("%PDF-1.7\n", "latin1"),
  program: Buffer.from("\x7fELF\x02\x01\x01", "latin1"),
};

const picture = (data: Uint8Array): ToolPicture => ({ data, mediaType: "image/jpeg", width: 20, height: 10 });

/** What stands in for the folder `media` where only its callers are tried; each function tells that it was called. */
export function mediaStandIn(more: Partial<MediaTools> = {}): MediaTools & { readonly calls: string[] } {
  const calls: string[] = [];
  const called = <Value>(name: string, value: Value): Promise<Value> => {
    calls.push(name);
    return Promise.resolve(value);
  };
  return {
    calls,
    imageFacts: () => called("imageFacts", { width: 20, height: 10, hasAlpha: false }),
    fitImage: (bytes) => called("fitImage", { ...picture(bytes), mediaType: "image/png", changes: [] }),
    imageBudget: () => called("imageBudget", {}),
    imageTokens: () => called("imageTokens", 7),
    fitSound: async (file) =>
      called("fitSound", { data: await file.bytes(), mediaType: "audio/wav", durationMs: 1_500, changes: [] }),
    videoFacts: () =>
      called("videoFacts", { mediaType: "video/mp4", durationMs: 14_000, width: 64, height: 48, hasSound: true }),
    videoFrames: (_, { count }) =>
      called(
        "videoFrames",
        Array.from({ length: count }, (__, index) => ({ ...picture(Uint8Array.of(index)), atMs: 1_000 * index })),
      ),
    openPdf: () =>
      called("openPdf", {
        pageCount: 3,
        text: (page: number) => Promise.resolve(page === 2 ? "" : `text ${page}`),
        picture: (page: number) => Promise.resolve(picture(Uint8Array.of(page))),
        close: () => called("close", undefined),
      }),
    isScan: (text) => called("isScan", text === ""),
    decodeText: (bytes) => called("decodeText", Buffer.from(bytes).toString("utf8")),
    ...more,
  };
}
