import type { MediaSupport } from "../../core/media-support.ts";

const maxAudioBytes = 25 * 1024 * 1024;

/** What vLLM decodes, with its own limits (0.32.0: Pillow's for pictures, `VLLM_MAX_AUDIO_*` for sound). */
export const vllmMedia: MediaSupport = {
  image: {
    mediaTypes: ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff"],
    maxPixels: 178_956_970,
  },
  audio: {
    mediaTypes: ["audio/wav", "audio/mpeg", "audio/flac", "audio/ogg"],
    maxBytes: maxAudioBytes,
    maxMs: 600_000,
  },
  video: { mediaTypes: ["video/mp4", "video/webm", "video/x-matroska", "video/quicktime", "video/x-msvideo"] },
};
