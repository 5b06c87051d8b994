import type { MediaSupport } from "../../core/media-support.ts";

/** What llama-server decodes (b11434): stb_image knows no WebP and no TIFF, miniaudio three kinds; films it gives to ffmpeg. */
export const llamacppMedia: MediaSupport = {
  image: { mediaTypes: ["image/png", "image/jpeg", "image/bmp", "image/gif"], opaqueOnly: true },
  audio: { mediaTypes: ["audio/wav", "audio/mpeg", "audio/flac"] },
  video: { mediaTypes: ["video/mp4", "video/webm", "video/x-matroska", "video/quicktime", "video/x-msvideo"] },
};
