import type { MediaSupport } from "../../core/media-support.ts";

/** What Ollama decodes (0.34.2): of sound it knows the heads of WAV and MP3 only, and it takes no films. */
export const ollamaMedia: MediaSupport = {
  image: { mediaTypes: ["image/png", "image/jpeg", "image/webp"], opaqueOnly: true },
  audio: { mediaTypes: ["audio/wav", "audio/mpeg"] },
};
