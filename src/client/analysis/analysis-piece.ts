import type { AnalysisSource } from "../../core/analysis-checkpoint.ts";
import type { Part } from "../../core/message.ts";
import { markOf } from "./analysis-marks.ts";

/** What the model is shown under one mark: a piece of the material, or a note that was taken of it. */
export interface AnalysisPiece {
  /** Where it is from: one place, or several for a note. */
  readonly sources: readonly AnalysisSource[];
  /** Text that is there already; undefined for a picture or a sound. */
  readonly text?: string;
  /** Makes the picture or sound. It is asked for in the order of the material, and kept as long as its call runs. */
  readonly load?: () => Promise<readonly Part[]>;
  /** What tells a picture or a sound apart from others at the same place: the file it comes from. */
  readonly identity?: string;
  /** About how many tokens a picture or a sound takes. */
  readonly mediaTokens?: number;
}

/** A piece that has been counted. */
export interface CountedPiece extends AnalysisPiece {
  /** Tokens, those of its mark included. */
  readonly tokens: number;
}

/** The text of a piece as the model is shown it, under its mark. */
export const markedText = ({ sources, text = "" }: AnalysisPiece): string => `[${markOf(sources)}]\n${text}\n\n`;

/** The two halves of a text that is too long for one call, cut between lines or words where possible; undefined for what cannot be cut. */
export function halvesOf(piece: AnalysisPiece): readonly [AnalysisPiece, AnalysisPiece] | undefined {
  const { sources, text } = piece;
  if (text === undefined || text.length < 2) return undefined;
  const cut = cutAt(text, text.length >> 1);
  const [first, second] = [text.slice(0, cut), text.slice(cut)];
  const [source] = sources;
  if (!source || !("fromLine" in source)) {
    return [
      { ...piece, text: first },
      { ...piece, text: second },
    ];
  }
  const nextLine = source.fromLine + first.split("\n").length - 1;
  const toLine = first.endsWith("\n") ? nextLine - 1 : nextLine;
  return [
    { ...piece, text: first, sources: [{ ...source, toLine }] },
    { ...piece, text: second, sources: [{ ...source, fromLine: nextLine }] },
  ];
}

/** Where to cut a text near a place: behind a line's end, else behind a space, else there, but never within a character. */
function cutAt(text: string, middle: number): number {
  for (const mark of ["\n", " "]) {
    const behind = text.lastIndexOf(mark, middle - 1) + 1;
    if (behind > middle / 2) return behind;
  }
  const isWithin = /[\uDC00-\uDFFF]/.test(text[middle] ?? "") && middle > 1;
  return isWithin ? middle - 1 : middle;
}
