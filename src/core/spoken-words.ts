/** A word of a text: as it is compared, and where it stands. */
export interface HeardWord {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** The words of a text, compared without case and punctuation; in scripts without spaces as a dictionary splits them. */
export function wordsIn(text: string): readonly HeardWord[] {
  const words: HeardWord[] = [];
  for (const { segment, index, isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)) {
    if (!isWordLike) continue;
    const key = segment.normalize("NFKC").toLowerCase();
    words.push({ key, start: index, end: index + segment.length });
  }
  return words;
}
