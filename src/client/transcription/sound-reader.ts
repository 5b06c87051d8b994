import type { SoundReader } from "./transcription-input.ts";

/** The functions of the folder `media` that look into recordings, each loaded with its first call. */
export const soundReader: SoundReader = {
  facts: async (file, signal) => (await import("../../media/sound-facts.ts")).soundFacts(file, signal),
  async *pieces(file, cutting) {
    yield* (await import("../../media/sound-pieces.ts")).soundPieces(file, cutting);
  },
};
