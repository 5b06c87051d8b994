/**
 * A model's words for a terminal: line feeds and tabs stay, other control characters and bidirectional marks do not, since
 * a terminal obeys them (it moves the cursor, sets its title, and some run what they are told).
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, (character) =>
    character === "\n" || character === "\t" ? character : "",
  );
}
