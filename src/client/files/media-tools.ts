import type { MediaFile } from "../../core/media-file.ts";
import type { AudioFormats, ImageFormats } from "../../core/media-support.ts";

/** A picture in the form that a server takes. */
export interface ToolPicture {
  readonly data: Uint8Array;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
}

/** A picture that was made to fit, and what was done to it, as ends of a sentence: "turned upright". */
export interface FittedPicture extends ToolPicture {
  readonly changes: readonly string[];
}

/** What fitting of files needs of the folder `media`, each function loaded when it is first called. */
export interface MediaTools {
  /** What the head of a picture tells; undefined where it is none that is known, or is cut. */
  imageFacts(
    bytes: Uint8Array,
  ): Promise<{ readonly width: number; readonly height: number; readonly hasAlpha: boolean } | undefined>;
  fitImage(
    bytes: Uint8Array,
    budget: Partial<ImageFormats> & { readonly maxEdge?: number },
    signal?: AbortSignal,
  ): Promise<FittedPicture>;
  /** The longest edge or the most pixels that a model makes use of, where that is known. */
  imageBudget(model: string): Promise<{ readonly maxEdge?: number; readonly maxPixels?: number }>;
  /** About how many tokens a picture is for a model; undefined where nobody knows. */
  imageTokens(model: string, size: { readonly width: number; readonly height: number }): Promise<number | undefined>;
  fitSound(
    file: MediaFile,
    formats: Partial<AudioFormats>,
    signal?: AbortSignal,
  ): Promise<{
    readonly data: Uint8Array;
    readonly mediaType: string;
    readonly durationMs?: number;
    readonly changes: readonly string[];
  }>;
  videoFacts(
    file: MediaFile,
    signal?: AbortSignal,
  ): Promise<{
    readonly mediaType: string;
    readonly durationMs: number;
    readonly width: number;
    readonly height: number;
    readonly hasSound: boolean;
  }>;
  videoFrames(
    file: MediaFile,
    options: { readonly count: number; readonly maxEdge?: number; readonly signal?: AbortSignal },
  ): Promise<readonly (ToolPicture & { readonly atMs: number })[]>;
  openPdf(bytes: Uint8Array, signal?: AbortSignal): Promise<ToolPdf>;
  /** Whether the text of a page is too little to be its text. */
  isScan(text: string): Promise<boolean>;
  decodeText(bytes: Uint8Array): Promise<string>;
}

/** A PDF, open. */
export interface ToolPdf {
  readonly pageCount: number;
  /** The text layer of a page; the first page is 1. */
  text(page: number): Promise<string>;
  picture(page: number, options: { readonly maxEdge?: number; readonly signal?: AbortSignal }): Promise<ToolPicture>;
  close(): Promise<void>;
}

/** The functions of the folder `media`, each loaded with its first call. */
export const mediaTools: MediaTools = {
  imageFacts: async (bytes) => (await import("../../media/image-facts.ts")).imageFacts(bytes),
  fitImage: async (...given) => (await import("../../media/fit-image.ts")).fitImage(...given),
  imageBudget: async (model) => (await import("../../media/image-tokens.ts")).imageBudget(model),
  imageTokens: async (model, size) => (await import("../../media/image-tokens.ts")).imageTokens(model, size),
  fitSound: async (...given) => (await import("../../media/fit-sound.ts")).fitSound(...given),
  videoFacts: async (...given) => (await import("../../media/video-facts.ts")).videoFacts(...given),
  videoFrames: async (...given) => (await import("../../media/video-frames.ts")).videoFrames(...given),
  openPdf: async (...given) => (await import("../../media/pdf.ts")).openPdf(...given),
  isScan: async (text) => (await import("../../media/page-scan.ts")).isScan(text),
  decodeText: async (bytes) => (await import("../../media/text-file.ts")).decodeText(bytes),
};
