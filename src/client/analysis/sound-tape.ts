import type { MediaFile } from "../../core/media-file.ts";
import { soundPieces, type SoundPiece } from "../../media/sound-pieces.ts";

/** A recording that is heard piece by piece, from the front to the back. */
export interface SoundTape {
  /** The piece that begins there. Asked for one before the last, it begins anew. */
  at(startMs: number): Promise<SoundPiece | undefined>;
  close(): Promise<void>;
}

/** Plays a recording in pieces of a length; one is in memory at a time. */
export function soundTape(file: MediaFile, longestMs: number, signal: AbortSignal): SoundTape {
  let playing: AsyncGenerator<SoundPiece, void> | undefined;
  let playedMs = -1; // where the last piece began
  let last: Promise<unknown> = Promise.resolve();

  async function find(startMs: number): Promise<SoundPiece | undefined> {
    if (startMs <= playedMs) await stop();
    playing ??= soundPieces(file, { longestMs, signal });
    for (;;) {
      const { done, value } = await playing.next();
      if (done || !value) return undefined;
      playedMs = value.startMs;
      if (value.startMs === startMs) return value;
    }
  }

  async function stop(): Promise<void> {
    await playing?.return();
    playing = undefined;
    playedMs = -1;
  }

  return {
    at(startMs) {
      const found = last.then(() => find(startMs));
      last = found.catch(() => undefined); // each caller hears of its own failure
      return found;
    },
    close: stop,
  };
}
