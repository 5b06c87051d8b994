import { joinSpoken } from "../../core/spoken-text.ts";
import type { SpokenSegment, SpokenWord } from "../../core/transcript.ts";
import { arrayOf, isObject, numberOf, objectOf, stringOf } from "../../http/json.ts";

/** A segment as servers write it, times in seconds; nothing where it has no times, or none that can be. */
export function segmentOf(value: unknown): readonly SpokenSegment[] {
  const { start, end, text, words } = objectOf(value);
  const times = timesOf(start, end);
  if (!times || typeof text !== "string" || text.trim() === "") return [];
  const own = wordsOf(words);
  return [{ ...times, text, ...(own.length > 0 ? { words: own } : {}) }];
}

/** A list of words with their times. whisper.cpp's are tokens: one that begins without a space goes on with the word before. */
export function wordsOf(value: unknown): readonly SpokenWord[] {
  const entries = arrayOf(value).filter(isObject);
  const areTokens = entries.some(({ word }) => typeof word === "string" && /^\s/.test(word));
  const words: SpokenWord[] = [];
  for (const { word, start, end } of entries) {
    const times = timesOf(start, end);
    const text = stringOf(word) ?? "";
    if (!times || text.trim() === "") continue;
    const last = words.at(-1);
    if (areTokens && last && !/^\s/.test(text) && isOneWord(last.text, text)) {
      words[words.length - 1] = { startMs: last.startMs, endMs: times.endMs, text: last.text + text };
    } else words.push({ ...times, text: text.trim() });
  }
  return words;
}

/** In a script with spaces; the others have none between words either. */
const isOneWord = (before: string, text: string): boolean => joinSpoken([before, text]) !== before + text;

/** Segments with those words that lie in them; a word between two belongs to the nearer one. */
export function withWords(segments: readonly SpokenSegment[], words: readonly SpokenWord[]): readonly SpokenSegment[] {
  if (segments.length === 0 || words.length === 0) return segments;
  const lists = segments.map((): SpokenWord[] => []);
  for (const word of words) {
    const middle = (word.startMs + word.endMs) / 2;
    const distances = segments.map(({ startMs, endMs }) => Math.max(startMs - middle, middle - endMs, 0));
    lists[distances.indexOf(Math.min(...distances))]?.push(word);
  }
  return segments.map((segment, index) => {
    const own = lists[index] ?? [];
    return own.length === 0 ? segment : { ...segment, words: own };
  });
}

function timesOf(start: unknown, end: unknown): Pick<SpokenWord, "startMs" | "endMs"> | undefined {
  const from = numberOf(start);
  const to = numberOf(end);
  if (from === undefined || to === undefined || from < 0) return undefined;
  const startMs = Math.round(from * 1_000);
  return { startMs, endMs: Math.max(startMs, Math.round(to * 1_000)) };
}
