/** A word that is said, and when. */
export interface SpokenWord {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** A stretch of a recording, and what is said in it. */
export interface SpokenSegment {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
  /** Its words with their times, where the server tells them. */
  readonly words?: readonly SpokenWord[];
}

/** A piece of a recording as it was transcribed; all times are those of the whole recording. */
export interface TranscribedPiece {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
  readonly segments: readonly SpokenSegment[];
  readonly words: readonly SpokenWord[];
  readonly language?: string;
}

/** Pieces of a long recording that have been transcribed, as plain data: save it as JSON, and go on from it another day. */
export interface TranscriptionCheckpoint {
  readonly pieces: readonly TranscribedPiece[];
}
