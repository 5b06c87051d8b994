import { InhouseError } from "../../core/error.ts";
import type { AnalysisRun } from "./analysis-run.ts";

/** Most pieces of a material where the caller does not say: some hundred calls, as a rule. */
const usualMost = 2_000;

/** Throws `limit` where a material has more pieces than the caller wants read, as early as that is known. */
export function checkPieces({ input: { maxPieces = usualMost } }: AnalysisRun, pieces: number): void {
  if (pieces <= maxPieces) return;
  throw new InhouseError("limit", `The material has ${pieces} pieces or more, and at most ${maxPieces} are read.`, {
    hint: `Pass less of it, or a larger maxPieces if that many calls are meant: planAnalysis() shows what it takes.`,
  });
}
