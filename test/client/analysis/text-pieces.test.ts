import fc from "fast-check";
import { expect, test } from "vitest";

import type { AnalysisPiece } from "../../../src/client/analysis/analysis-piece.ts";
import { textPieces } from "../../../src/client/analysis/text-pieces.ts";

const piecesOf = (text: string, name = ""): readonly AnalysisPiece[] => [
  ...(textPieces(text, { name, part: {} }).pieces as Iterable<AnalysisPiece>),
];

const linesOf = ({ sources: [source] }: AnalysisPiece): readonly [number, number] => {
  if (!source || !("fromLine" in source)) throw new Error("It has no lines.");
  return [source.fromLine, source.toLine];
};

test("every line that is not empty is in exactly one piece, which says where it stands", () => {
  const line = fc.oneof(
    fc.constant(""),
    fc.string({ maxLength: 900 }).map((text) => text.replaceAll(/[\r\n]/g, " ")),
    fc.constant("# Heading"),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
      const pieces = piecesOf(lines.join("\n"));
      const numbers = lines.flatMap((text, index) => (text.trim() === "" ? [] : [index + 1]));
      const covered = pieces.flatMap((piece) => {
        const [from, to] = linesOf(piece);
        expect(piece.text).toBe(lines.slice(from - 1, to).join("\n"));
        return numbers.filter((number) => number >= from && number <= to);
      });
      expect(covered).toEqual(numbers);
      for (const { text = "" } of pieces) expect(text.length).toBeLessThanOrEqual(2_900);
    }),
  );
});

test("paragraphs stay whole, and a heading begins a piece", () => {
  const paragraph = "word ".repeat(240).trim();
  const pieces = piecesOf(`${paragraph}\n\n${paragraph}\n# Next\nshort\n\nmore`);
  expect(pieces.map(linesOf)).toEqual([
    [1, 1],
    [3, 3],
    [4, 7],
  ]);
});

test("line endings of any system count alike", () => {
  expect(piecesOf("a\r\nb\rc\n").map(linesOf)).toEqual([[1, 3]]);
});

test("the heading row of a table stands before each of its pieces", () => {
  const rows = Array.from({ length: 400 }, (_, index) => `${index},thing,${index * 7}`);
  const pieces = piecesOf(["id,name,count", ...rows].join("\n"), "stock.csv");
  expect(pieces.length).toBeGreaterThan(2);
  for (const { text } of pieces) expect(text).toMatch(/^id,name,count\n\d/);
  expect(linesOf(pieces[0] as AnalysisPiece)[0]).toBe(2);
  expect(linesOf(pieces.at(-1) as AnalysisPiece)[1]).toBe(401);
});
