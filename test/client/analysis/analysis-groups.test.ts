import fc from "fast-check";
import { expect, test } from "vitest";

import { fittingPieces, groupsOf } from "../../../src/client/analysis/analysis-groups.ts";
import { halvesOf, markedText, type AnalysisPiece } from "../../../src/client/analysis/analysis-piece.ts";

const budget = fc.integer({ min: 64, max: 5_000 });

test("every piece is in exactly one group, in order, and no group is over the budget unless one piece alone is", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 6_000 }), { maxLength: 300 });
  fc.assert(
    fc.property(sizes, budget, (tokens, most) => {
      const pieces = tokens.map((count, index) => ({ index, tokens: count }));
      const groups = groupsOf(pieces, most);
      expect(groups.flatMap((group) => group.pieces)).toEqual(pieces);
      for (const group of groups) {
        expect(group.tokens).toBe(group.pieces.reduce((sum, piece) => sum + piece.tokens, 0));
        if (group.pieces.length > 1) expect(group.tokens).toBeLessThanOrEqual(most);
      }
      // No group could have taken the piece behind it.
      for (const [index, group] of groups.entries()) {
        const next = groups[index + 1]?.pieces[0];
        if (next) expect(group.tokens + next.tokens).toBeGreaterThan(most);
      }
    }),
  );
});

const lines = fc.array(fc.string({ unit: "grapheme", maxLength: 300 }), { minLength: 1, maxLength: 40 });
const count = (piece: AnalysisPiece): Promise<number> => Promise.resolve(markedText(piece).length);

test("a piece that is cut fits, loses nothing, and its parts say in which lines they stand", async () => {
  await fc.assert(
    fc.asyncProperty(lines, budget, async (texts, most) => {
      const given = texts.map((line) => line.replaceAll("\n", " "));
      const text = given.join("\n");
      const whole = { sources: [{ fromLine: 1, toLine: given.length }], text };
      const parts = await fittingPieces(whole, most, count);
      expect(parts.map((part) => part.text).join("")).toBe(text);
      for (const { sources, text: part = "", tokens } of parts) {
        expect(tokens).toBeLessThanOrEqual(most);
        const [source] = sources;
        if (!source || !("fromLine" in source)) throw new Error("The lines are lost.");
        const within = given.slice(source.fromLine - 1, source.toLine).join("\n");
        expect(within).toContain(part.replace(/\n$/, ""));
      }
    }),
  );
});

test("a cut is never within a character", () => {
  const text = "😀".repeat(101);
  const [first, second] = halvesOf({ sources: [{ page: 1 }], text }) ?? [];
  expect(first?.text).toMatch(/^\p{Emoji_Presentation}+$/u);
  expect(second?.text).toMatch(/^\p{Emoji_Presentation}+$/u);
  expect(`${first?.text}${second?.text}`).toBe(text);
});

test("a picture cannot be cut", async () => {
  const picture = { sources: [{ part: 1 }], load: () => Promise.resolve([]), mediaTokens: 9_000 };
  expect(await fittingPieces(picture, 100, () => Promise.resolve(9_000))).toEqual([{ ...picture, tokens: 9_000 }]);
});
