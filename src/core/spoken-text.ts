/** Characters of scripts that put no space between words, and their punctuation. */
const unspaced =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\u3001-\\u301f\\uff01-\\uff65";
const endsUnspaced = new RegExp(`[${unspaced}]$`, "u");
const beginsUnspaced = new RegExp(`^[${unspaced}]`, "u");

/** What is said in one stretch after the other as one text: a space between, except in scripts that have none. */
export function joinSpoken(stretches: readonly string[]): string {
  const said = stretches.map((text) => text.trim()).filter((text) => text !== "");
  return said
    .map((text, index) => {
      const before = said[index - 1];
      if (before === undefined) return text;
      return endsUnspaced.test(before) && beginsUnspaced.test(text) ? text : ` ${text}`;
    })
    .join("");
}
