import { joinSpoken } from "./spoken-text.ts";
import { wordsIn, type HeardWord } from "./spoken-words.ts";
import type { SpokenSegment } from "./transcript.ts";

/** Largest product of two numbers of words that are compared: an hour of speech has 9,000. */
const mostCells = 25_000_000;
/** Shortest time between two segments in which something may have been said. */
const shortestGapMs = 300;
/** Fewest words that were left out for sure where the two hearings differ there anyway. */
const certain = 3;

/**
 * The segments with what the text has and they have not, where one ends and the next begins: as a segment of the time
 * between the two, or where there is none, at the end of the earlier one; without segments, as one of the whole recording.
 * Where the two hearings differ within a segment, it stays as it is.
 */
export function fillSegments(
  text: string,
  segments: readonly SpokenSegment[],
  durationMs: number | undefined,
): readonly SpokenSegment[] {
  if (segments.length === 0 && text.trim() !== "" && durationMs !== undefined) {
    return [{ startMs: 0, endMs: durationMs, text: text.trim() }];
  }
  const said = wordsIn(text);
  const placed = segments.flatMap((segment, index) => wordsIn(segment.text).map((word) => ({ ...word, index })));
  if (placed.length === 0 || said.length * placed.length > mostCells) return segments;
  const lost = new Map<number, string>(); // after which segment
  const pairs: readonly Pair[] = [[-1, -1], ...commonWords(said, placed), [said.length, placed.length]];
  for (const [index, [fromText, fromSegments]] of pairs.entries()) {
    const [inText, inSegments] = pairs[index + 1] ?? [fromText, fromSegments];
    const more = inText - fromText - (inSegments - fromSegments);
    const differ = inSegments - fromSegments > 1;
    if (more < (differ ? certain : 1)) continue;
    const shift = differ ? 0 : shiftToBoundary(index, more);
    const boundary = boundaryWithin(placed, fromSegments + shift, inSegments + shift);
    if (boundary === undefined) continue;
    const first = fromText + 1 + (boundary - fromSegments);
    lost.set(placed[boundary]?.index ?? -1, text.slice(said[first]?.start, said[first + more]?.start).trim());
  }

  /** The same words are missing a few words later, too, where what follows them is as they begin. */
  function shiftToBoundary(index: number, more: number): number {
    const [, fromSegments] = pairs[index] ?? [0, 0];
    for (let shift = 0; ; shift += 1) {
      if (placed[fromSegments + shift]?.index !== placed[fromSegments + shift + 1]?.index) return shift;
      const [inText, inSegments] = pairs[index + 1 + shift] ?? [said.length, placed.length];
      const isNext = inSegments === fromSegments + shift + 1;
      if (!isNext || said[inText] === undefined || said[inText]?.key !== said[inText - more]?.key) return 0;
    }
  }

  return [undefined, ...segments].flatMap((segment, place) => {
    const missing = lost.get(place - 1);
    const own = segment ? [segment] : [];
    if (missing === undefined) return own;
    const startMs = segment?.endMs ?? 0;
    const endMs = segments[place]?.startMs ?? durationMs ?? startMs;
    if (segment && endMs - startMs < shortestGapMs) {
      return [{ ...segment, text: joinSpoken([segment.text, missing]) }];
    }
    return [...own, { startMs, endMs: Math.max(startMs, endMs), text: missing }];
  });
}

/** The word after which a segment ends, of those from one to before another; the beginning and the end are ends, too. */
function boundaryWithin(
  placed: readonly { readonly index: number }[],
  from: number,
  before: number,
): number | undefined {
  for (let at = from; at < before; at += 1) if (placed[at]?.index !== placed[at + 1]?.index) return at;
  return undefined;
}

/** A word that two texts have in common, as its places in the one and the other. */
type Pair = readonly [one: number, other: number];

/** The longest sequence of words that both have in the same order. */
function commonWords(one: readonly HeardWord[], other: readonly HeardWord[]): readonly Pair[] {
  const width = other.length + 1;
  const lengths = new Uint16Array((one.length + 1) * width); // of what is common from here on
  for (let a = one.length - 1; a >= 0; a -= 1) {
    for (let b = other.length - 1; b >= 0; b -= 1) {
      lengths[a * width + b] =
        one[a]?.key === other[b]?.key
          ? (lengths[(a + 1) * width + b + 1] ?? 0) + 1
          : Math.max(lengths[(a + 1) * width + b] ?? 0, lengths[a * width + b + 1] ?? 0);
    }
  }
  const pairs: Pair[] = [];
  for (let a = 0, b = 0; a < one.length && b < other.length;) {
    const common = lengths[a * width + b];
    // As late as it can be: what is missing begins with the word after the last one that is there.
    if (common === lengths[(a + 1) * width + b]) a += 1;
    else if (one[a]?.key === other[b]?.key) pairs.push([a++, b++]);
    else b += 1;
  }
  return pairs;
}
