import type { AnalysisPiece } from "./analysis-piece.ts";
import type { Material, MaterialReading } from "./material.ts";

/** Characters of a piece: a page of a book, about. */
const usualLength = 2_000;

/**
 * The pieces of a text: whole paragraphs where they are not too long, else whole lines, with the lines they stand in. The
 * heading row of a table (`.csv`, `.tsv`) stands before each of its pieces.
 */
export function textPieces(text: string, { name, part }: Pick<MaterialReading, "name" | "part">): Material {
  const lines = text.replaceAll(/\r\n?/g, "\n").split("\n");
  const isTable = /\.[ct]sv$/i.test(name) && lines.length > 2;
  const heading = isTable ? `${lines[0] ?? ""}\n` : "";
  const pieces: AnalysisPiece[] = [];
  let block: string[] = [];
  let length = 0;

  /** Ends the block before a line; empty lines around it are not of it. */
  function endBlock(nextLine: number): void {
    const first = block.findIndex((line) => line.trim() !== "");
    const last = block.findLastIndex((line) => line.trim() !== "");
    if (first >= 0) {
      const start = nextLine - block.length;
      pieces.push({
        sources: [{ fromLine: start + first, toLine: start + last, ...part }],
        text: heading + block.slice(first, last + 1).join("\n"),
      });
    }
    block = [];
    length = 0;
  }

  for (const [index, line] of lines.entries()) {
    if (isTable && index === 0) continue;
    const isFull = length + line.length > usualLength;
    const isHeading = /^#{1,6} /.test(line) && length > usualLength / 4;
    const isGap = line.trim() === "" && length > usualLength / 2;
    if (isFull || isHeading || isGap) endBlock(index + 1);
    block.push(line);
    length += line.length + 1;
  }
  endBlock(lines.length + 1);
  return { pieces, total: pieces.length };
}
