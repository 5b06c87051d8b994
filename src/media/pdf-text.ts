import { InhouseError } from "../core/error.ts";
import type { PdfLibrary, PdfPage } from "./load-pdf.ts";
import { pdfLines, type Line } from "./pdf-lines.ts";
import { textRuns } from "./pdf-runs.ts";
import { areRows, lineTexts } from "./pdf-table.ts";

/** Most characters that are taken of one page: a full one has 5,000. */
export const maxPageCharacters = 1_000_000;

/**
 * The text layer of a page: a line for a line, a blank line between paragraphs, a tab between the cells of a row. Words that are
 * divided at a line's end stay so. `limit` where the page holds more than 1,000,000 characters.
 */
export async function pdfText(library: PdfLibrary, page: PdfPage): Promise<string> {
  const groups = textRuns(library, page, await textItems(page));
  return groups.map((group) => joined(pdfLines(group))).join("\n\n");
}

type Item = Parameters<typeof textRuns>[2][number];

/** The pieces of text, read as pdf.js finds them, so that a page without end is left when it is too much. */
async function textItems(page: PdfPage): Promise<readonly Item[]> {
  const items: Item[] = [];
  const reader = page.streamTextContent().getReader();
  let characters = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return items;
    for (const item of (value as { readonly items: readonly (Item | { readonly type: string })[] }).items) {
      if (!("str" in item)) continue;
      items.push(item);
      characters += item.str.length;
    }
    if (characters > maxPageCharacters) {
      await reader.cancel(new Error("too many characters"));
      throw new InhouseError("limit", `A page of the PDF holds more than ${maxPageCharacters} characters.`, {
        hint: "Take its picture in place of its text.",
      });
    }
  }
}

function joined(lines: readonly Line[]): string {
  const texts = lineTexts(lines);
  const usual = usualStep(lines);
  return lines
    .map((line, index) => {
      const before = lines[index - 1];
      return `${before ? separator(before, line, texts[index - 1] ?? "", usual) : ""}${texts[index]}`;
    })
    .join("");
}

/** What is between two lines. */
function separator(line: Line, next: Line, text: string, usual: number): string {
  if (areRows(line, next)) return "\n";
  const step = (next.y - line.y) / Math.max(line.size, next.size);
  // The next column goes on with a sentence that has not ended.
  if (step <= 0) return /[.:!?]["'”’)]?$/.test(text) ? "\n\n" : "\n";
  const isOtherSize = Math.max(line.size, next.size) > 1.15 * Math.min(line.size, next.size);
  return isOtherSize || step > 1.25 * usual ? "\n\n" : "\n";
}

/** The distance of lines in most of a page, in sizes of the font. */
function usualStep(lines: readonly Line[]): number {
  const steps = lines.flatMap((line, index) => {
    const next = lines[index + 1];
    const step = next && !areRows(line, next) ? (next.y - line.y) / Math.max(line.size, next.size) : 0;
    return step > 0.8 && step < 3.5 ? [step] : [];
  });
  return steps.toSorted((first, second) => first - second)[steps.length >> 1] ?? 1.3;
}
