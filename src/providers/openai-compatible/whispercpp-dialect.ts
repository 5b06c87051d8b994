import type { Dialect } from "./openai-dialect.ts";

const fields = { response_format: "verbose_json" } as const;

/**
 * How whisper.cpp's own server speaks (`whisper-server`, in November 2026): `openaiCompatible({ baseURL, dialect: whispercppDialect })`.
 * It knows transcription alone, at `/inference`, and reads WAV, MP3, FLAC and Ogg Vorbis; its `--convert` needs ffmpeg and takes
 * more. It serves one request at a time. Where it was started with an `--inference-path` of its own, set `paths.transcription`.
 */
export const whispercppDialect: Partial<Dialect> = {
  root: "",
  paths: { transcription: "/inference" },
  transcription: {
    // Without a language it takes English for granted, and it works out the odds of all others once more for each request.
    fields: { language: "auto", no_language_probabilities: "true" },
    text: fields, // the times cost it nothing
    segment: fields,
    word: fields,
    alwaysStreams: false,
    temperature: true,
  },
};
