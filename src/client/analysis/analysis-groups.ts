import { halvesOf, type AnalysisPiece, type CountedPiece } from "./analysis-piece.ts";

/** Pieces that one call is shown. */
export interface PieceGroup<Piece extends { readonly tokens: number } = CountedPiece> {
  readonly pieces: readonly Piece[];
  readonly tokens: number;
}

/** Puts pieces together, in their order, as many as fit into a call; one that is too large by itself stands alone. */
export function groupsOf<Piece extends { readonly tokens: number }>(
  pieces: readonly Piece[],
  budgetTokens: number,
): readonly PieceGroup<Piece>[] {
  const groups: { pieces: Piece[]; tokens: number }[] = [];
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (last && last.tokens + piece.tokens <= budgetTokens) {
      last.pieces.push(piece);
      last.tokens += piece.tokens;
    } else groups.push({ pieces: [piece], tokens: piece.tokens });
  }
  return groups;
}

/** The piece, or the pieces it is cut into so that each fits into a call. What cannot be cut is left as it is. */
export async function fittingPieces(
  piece: AnalysisPiece,
  budgetTokens: number,
  count: (piece: AnalysisPiece) => Promise<number>,
): Promise<readonly CountedPiece[]> {
  const tokens = await count(piece);
  const halves = tokens > budgetTokens ? halvesOf(piece) : undefined;
  if (!halves) return [{ ...piece, tokens }];
  const [first, second] = halves;
  return [...(await fittingPieces(first, budgetTokens, count)), ...(await fittingPieces(second, budgetTokens, count))];
}
