import type { ImageSize } from "./image-size.ts";

/** How a family of models makes tokens of a picture, and beyond which size it scales pictures down itself. */
export interface ImageRule {
  tokens(size: ImageSize): number;
  readonly maxEdge?: number;
  readonly maxPixels?: number;
}

/** Mistral's: scaled into a square of `maxEdge`, cut into squares of one token each, and a token at the end of each row. */
export function rowsWithBreaks(edgePerToken: number, maxEdge: number): ImageRule {
  const count = (pixels: number): number => Math.ceil(pixels / edgePerToken);
  return {
    maxEdge,
    tokens({ width, height }) {
      const ratio = Math.max(height / maxEdge, width / maxEdge, 1);
      const [across, down] = [width, height].map((edge) => count(Math.max(1, roundHalfEven(edge / ratio))));
      return (down ?? 0) * ((across ?? 0) + 1);
    },
  };
}

/** Qwen's: both edges rounded to whole tokens, then scaled where there are fewer or more of them than the model takes. */
export function area(edgePerToken: number, least: number, most: number): ImageRule {
  const square = edgePerToken ** 2;
  return {
    maxPixels: most * square,
    tokens({ width, height }) {
      const edges = [width, height];
      const product = (round: (tokens: number) => number, scale = 1): number =>
        edges.reduce((tokens, edge) => tokens * round((edge * scale) / edgePerToken), 1);
      const tokens = product(roundHalfEven);
      const scale = (wanted: number): number => Math.sqrt((wanted * square) / (width * height));
      if (tokens > most) return product((edge) => Math.max(1, Math.floor(edge)), scale(most));
      return tokens < least ? product(Math.ceil, scale(least)) : tokens;
    },
  };
}

/** Gemma's: squeezed into one square of `edge`, whatever its form. */
export function oneSquare(edge: number, tokens: number): ImageRule {
  // Of a picture twice as wide as high, the lower edge is still as long as the square's.
  return { maxEdge: edge * 2, tokens: () => tokens };
}

/** SmolVLM's: its longer edge scaled to `maxEdge`, up or down, cut into tiles with marks between them, then once as a whole. */
export function tiles(edge: number, tokensPerTile: number, maxEdge: number): ImageRule {
  return {
    maxEdge,
    tokens({ width, height }) {
      const across = Math.max(width, height);
      // The shorter edge is made even, upwards.
      const shorter = Math.max(1, Math.ceil(Math.floor((Math.min(width, height) * maxEdge) / across) / 2) * 2);
      const [long, short] = [Math.ceil(maxEdge / edge), Math.ceil(shorter / edge)];
      // Two marks before a tile, an end of line after a row, one mark at the end.
      return (long * short + 1) * (tokensPerTile + 2) + (width >= height ? short : long) + 1;
    },
  };
}

/** As Python rounds: a half goes to the even neighbour. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
