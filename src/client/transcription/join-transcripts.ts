import { joinSpoken } from "../../core/spoken-text.ts";
import { wordsIn, type HeardWord } from "../../core/spoken-words.ts";
import type { SpokenSegment, SpokenWord, TranscribedPiece } from "../../core/transcript.ts";
import { seamOf } from "./spoken-seam.ts";

/** What is said in a recording, put together. */
export interface Joined {
  readonly text: string;
  readonly segments: readonly SpokenSegment[];
  readonly words: readonly SpokenWord[];
}

/** What two pieces share of the recording. */
interface Overlap {
  readonly startMs: number;
  readonly endMs: number;
}

/** How far beyond an overlap its words are looked for: servers place segments by the second. */
const slackMs = 2_000;

/**
 * Puts overlapping pieces together, so that what was heard twice is there once: at a word of the overlap that both heard;
 * where there is none, at the middle of the overlap, if there are times, else with nothing left out.
 */
export function joinTranscripts(pieces: readonly TranscribedPiece[]): Joined {
  if (!pieces.some(({ segments }) => segments.length > 0)) {
    return { text: joinTexts(pieces), segments: [], words: joinWords(pieces) };
  }
  return joinSegments(
    pieces.map((piece) => {
      const { startMs, endMs, text, segments } = piece;
      // A server may tell no times of a piece, as of one sentence; it is said in that piece for certain.
      return segments.length > 0 || text.trim() === "" ? piece : { ...piece, segments: [{ startMs, endMs, text }] };
    }),
  );
}

/**
 * What of a text is left when its beginning was heard before, at the end of another one, which stays as it is; `shared` is
 * about how many words both have.
 */
export function unheard(before: string, text: string, shared: number): string {
  const [earlier, later] = [wordsIn(before), wordsIn(text)];
  const seam = shared > 0 ? seamOf(earlier, later, shared) : undefined;
  if (!seam) return text;
  const last = later[seam.after + (earlier.length - 1 - seam.before)];
  return last === undefined ? "" : text.slice(last.end).replace(/^[\s.,;:!?…。、，！？]+/u, "");
}

/** About how many words of a piece are in its overlap. */
function sharedWords({ startMs, endMs }: Overlap, words: readonly HeardWord[], overlapMs: number): number {
  return (words.length * Math.max(0, overlapMs)) / Math.max(1, endMs - startMs);
}

/** The overlap of each piece but the first with the one before it. */
const overlapOf = (before: TranscribedPiece | undefined, { startMs }: TranscribedPiece): Overlap => ({
  startMs,
  endMs: Math.max(startMs, before?.endMs ?? startMs),
});

function joinTexts(pieces: readonly TranscribedPiece[]): string {
  const done: string[] = [];
  let last = "";
  for (const [index, piece] of pieces.entries()) {
    const { startMs, endMs } = overlapOf(pieces[index - 1], piece);
    const [before, after] = [wordsIn(last), wordsIn(piece.text)];
    const seam = endMs > startMs ? seamOf(before, after, sharedWords(piece, after, endMs - startMs)) : undefined;
    if (seam) {
      done.push(last.slice(0, before[seam.before]?.end));
      last = piece.text.slice(after[seam.after]?.end);
    } else last = joinSpoken([last, piece.text]);
  }
  return (done.join("") + last).trim();
}

/** Times tell words apart well enough. */
function joinWords(pieces: readonly TranscribedPiece[]): readonly SpokenWord[] {
  return pieces.reduce<SpokenWord[]>((words, piece, index) => {
    const cutMs = middleOf(overlapOf(pieces[index - 1], piece));
    const before = words.filter((word) => middleOf(word) < cutMs || index === 0);
    return [...before, ...piece.words.filter((word) => middleOf(word) >= cutMs || index === 0)];
  }, []);
}

function joinSegments(pieces: readonly TranscribedPiece[]): Joined {
  const done: SpokenSegment[] = [];
  let last: readonly SpokenSegment[] = [];
  for (const [index, piece] of pieces.entries()) {
    const { kept, rest } = meet(last, piece.segments, overlapOf(pieces[index - 1], piece));
    done.push(...kept);
    last = rest;
  }
  done.push(...last);
  const words = done.flatMap((segment) => segment.words ?? []);
  return { text: joinSpoken(done.map(({ text }) => text)), segments: done, words };
}

/** Where two lists of segments meet: what is done with, and what the next piece is to meet. */
function meet(before: readonly SpokenSegment[], after: readonly SpokenSegment[], overlap: Overlap) {
  if (overlap.endMs <= overlap.startMs) return { kept: before, rest: after };
  const ending = placedWords(before, ({ endMs }) => endMs > overlap.startMs - slackMs);
  const beginning = placedWords(after, ({ startMs }) => startMs < overlap.endMs + slackMs);
  const inOverlap = beginning.filter(({ atMs }) => atMs < overlap.endMs).length;
  const seam = seamOf(ending, beginning, inOverlap);
  const left = seam && ending[seam.before];
  const right = seam && beginning[seam.after];
  if (!left || !right) {
    const cutMs = middleOf(overlap);
    return {
      kept: before.filter((segment) => middleOf(segment) < cutMs),
      rest: after.filter((segment) => middleOf(segment) >= cutMs),
    };
  }
  const met = meetWithin(before[left.index], left, after[right.index], right);
  return { kept: before.slice(0, left.index), rest: [...met, ...after.slice(right.index + 1)] };
}

interface PlacedWord extends HeardWord {
  /** Which segment it is in, which word of how many there, and about when it is said. */
  readonly index: number;
  readonly place: number;
  readonly of: number;
  readonly atMs: number;
}

function placedWords(
  segments: readonly SpokenSegment[],
  isMeant: (segment: SpokenSegment) => boolean,
): readonly PlacedWord[] {
  return segments.flatMap((segment, index) => {
    if (!isMeant(segment)) return [];
    const words = wordsIn(segment.text);
    const { startMs, endMs } = segment;
    return words.map((word, place) => {
      const atMs = startMs + ((place + 0.5) / words.length) * (endMs - startMs);
      return { ...word, index, place, of: words.length, atMs };
    });
  });
}

/** The segment that two become where they meet at a word of each. */
function meetWithin(
  before: SpokenSegment | undefined,
  left: PlacedWord,
  after: SpokenSegment | undefined,
  right: PlacedWord,
): readonly SpokenSegment[] {
  if (!before || !after) return [];
  const rest = after.text.slice(right.end);
  const goesOn = right.place + 1 < right.of;
  const words = [...wordsUpTo(before.words, left), ...(after.words ?? []).slice(wordsUpTo(after.words, right).length)];
  return [
    {
      startMs: before.startMs,
      endMs: Math.max(before.startMs, goesOn ? after.endMs : Math.min(before.endMs, after.endMs)),
      text: before.text.slice(0, left.end) + rest,
      ...(words.length > 0 ? { words } : {}),
    },
  ];
}

/** The server's words up to one of ours: where it counts words otherwise, in proportion. */
function wordsUpTo(words: readonly SpokenWord[] = [], { place, of }: PlacedWord): readonly SpokenWord[] {
  return words.slice(0, Math.round(((place + 1) / of) * words.length));
}

const middleOf = ({ startMs, endMs }: Overlap): number => (startMs + endMs) / 2;
