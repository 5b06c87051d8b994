import { sourcesOf, tokensOf } from "./analysis-answer.ts";
import { groupsOf } from "./analysis-groups.ts";
import { markOf } from "./analysis-marks.ts";
import type { CountedPiece } from "./analysis-piece.ts";
import type { AnalysisPlan } from "./analysis-result.ts";
import type { AnalysisRun } from "./analysis-run.ts";
import type { AnalysisWindow } from "./analysis-window.ts";

/** What an analysis of these pieces takes; `transcribe` is how many pieces of sound are written down first. */
export function planOf(
  run: AnalysisRun,
  window: AnalysisWindow,
  pieces: readonly CountedPiece[],
  transcribe: number,
): AnalysisPlan {
  const tokens = tokensOf(pieces);
  const isOneCall = tokens <= window.answer.budget;
  const groups = isOneCall ? [{ pieces, tokens }] : groupsOf(pieces, window.notes.budget);
  const map = isOneCall ? 0 : groups.length;
  const calls = { transcribe, map, reduce: isOneCall ? 0 : mostReductions(window, map), answer: 1 } as const;
  const isExact = window.counted() && transcribe === 0 && pieces.every(({ mediaTokens }) => mediaTokens === undefined);
  const plan = {
    contextLength: window.contextLength,
    budgetTokens: isOneCall ? window.answer.budget : window.notes.budget,
    tokens,
    counted: isExact,
    pieces: pieces.flatMap((piece) => piece.sources.map((source) => ({ source, tokens: piece.tokens }))),
    groups: groups.map((group) => ({ sources: sourcesOf(group.pieces), tokens: group.tokens })),
    calls,
    warnings: run.warnings,
  };
  return { summary: summaryOf(plan), ...plan };
}

/** How many calls condense notes, where every call that takes notes writes as many as it may. */
function mostReductions({ notes, answer }: AnalysisWindow, map: number): number {
  let calls = 0;
  for (let left = map; left * notes.maxTokens > answer.budget && left > 1; calls += left) {
    left = Math.ceil(left / Math.max(2, Math.floor(notes.budget / notes.maxTokens)));
  }
  return calls;
}

function summaryOf({
  contextLength,
  budgetTokens,
  tokens,
  counted,
  pieces,
  groups,
  calls,
}: Omit<AnalysisPlan, "summary">) {
  const about = counted ? "" : "about ";
  const lines = [
    `${count(pieces.length, "piece")}, ${about}${count(tokens, "token")}; the window has ${contextLength}, of which ${budgetTokens} are for the material`,
  ];
  if (calls.transcribe > 0) lines.push(`${count(calls.transcribe, "call")} to write down what is said`);
  if (calls.map === 0) lines.push("everything fits into one call");
  else {
    lines.push(`${count(calls.map, "call")} to take notes:`);
    for (const group of groups) lines.push(`  ${markOf(group.sources)}: ${about}${count(group.tokens, "token")}`);
    if (calls.reduce > 0) lines.push(`at most ${count(calls.reduce, "call")} to condense them`);
    lines.push("1 call to answer from the notes");
  }
  return lines.join("\n");
}

const count = (number: number, name: string): string => `${number} ${name}${number === 1 ? "" : "s"}`;
