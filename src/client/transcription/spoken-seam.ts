import type { HeardWord } from "../../core/spoken-words.ts";

/** Where two hearings meet: this word of the earlier one is that word of the later one. */
export interface Seam {
  readonly before: number;
  readonly after: number;
}

/** Fewest words in a row that are no coincidence. */
const certain = 3;

/**
 * Where the end of one hearing and the beginning of the next are the same; `expected` is about how many words they share.
 * Looked for in this order: an end that is a beginning as a whole, the longest run of equal words within both, and what is
 * too short to be sure of, where it is about where it should be. Of equals the one nearest to what is expected.
 */
export function seamOf(before: readonly HeardWord[], after: readonly HeardWord[], expected: number): Seam | undefined {
  const window = Math.ceil(expected * 2.5) + 12;
  const from = Math.max(0, before.length - window);
  const end = before.slice(from).map(({ key }) => key);
  const beginning = after.slice(0, window).map(({ key }) => key);
  const runs = equalRuns(end, beginning);
  // The earlier one may itself be what is left of a hearing.
  const isWhole = (run: Run): boolean =>
    run.before + run.length === end.length && (run.after === 0 || (run.before === 0 && from === 0));
  const shared = (run: Run): number => end.length - run.before + run.after;
  const far = (run: Run): number => Math.abs(shared(run) - expected);
  const near = (run: Run): boolean => far(run) <= expected / 2 + 1;
  const nearest = (list: readonly Run[]): Run | undefined => list.toSorted((a, b) => far(a) - far(b))[0];
  const longest = (list: readonly Run[]): Run | undefined =>
    list.toSorted((a, b) => b.length - a.length || far(a) - far(b))[0];
  const found =
    nearest(runs.filter((run) => isWhole(run) && run.length >= certain)) ??
    longest(runs.filter(({ length }) => length >= certain)) ??
    longest(runs.filter((run) => near(run) && (isWhole(run) || run.length > 1)));
  if (!found) return undefined;
  const middle = found.length >> 1; // the end of a hearing is cut off, and so is a beginning
  return { before: from + found.before + middle, after: found.after + middle };
}

interface Run {
  readonly before: number;
  readonly after: number;
  readonly length: number;
}

/** Every run of equal words that cannot be made longer, on each diagonal. */
function equalRuns(end: readonly string[], beginning: readonly string[]): readonly Run[] {
  const runs: Run[] = [];
  for (let shift = -beginning.length + 1; shift < end.length; shift += 1) {
    let length = 0;
    const last = Math.min(end.length, beginning.length + shift);
    for (let at = Math.max(0, shift); at <= last; at += 1) {
      if (at < last && end[at] === beginning[at - shift]) length += 1;
      else if (length > 0) {
        runs.push({ before: at - length, after: at - shift - length, length });
        length = 0;
      }
    }
  }
  return runs;
}
