const numbers: Readonly<Record<string, string>> = { "4": "four", "7": "seven", "40": "forty" };

/** The words of a text as they are spoken. */
function spokenWords(text: string): readonly string[] {
  const words =
    text
      .toLowerCase()
      .replaceAll("%", " percent")
      .match(/[\p{L}\p{N}']+/gu) ?? [];
  return words.map((word) => numbers[word] ?? word);
}

/** The share of words that are wrong, missing or too many, of those that were said. */
export function wordErrorRate(said: string, heard: string): number {
  const [one, other] = [spokenWords(said), spokenWords(heard)];
  let row = other.map((_, at) => at + 1);
  let left = 0;
  for (const [at, word] of one.entries()) {
    let diagonal = at;
    left = at + 1;
    row = row.map((above, place) => {
      const cost = Math.min(above + 1, left + 1, diagonal + (other[place] === word ? 0 : 1));
      diagonal = above;
      left = cost;
      return cost;
    });
  }
  return left / one.length;
}
