import type { RunGroup, TextRun } from "./pdf-runs.ts";

/** Text in one line without a wide gap. */
export interface Cell {
  readonly text: string;
  readonly left: number;
  readonly right: number;
}

/** A line of a page: one cell of prose, or the cells of a row. */
export interface Line {
  readonly cells: readonly Cell[];
  /** Of the baseline, downwards, in points. */
  readonly y: number;
  /** Of its largest font. */
  readonly size: number;
}

interface OpenLine {
  readonly runs: TextRun[];
  y: number;
  size: number;
}

/**
 * Puts runs into lines. The order is the file's, which is how columns are read; a run that stands beside an earlier line joins
 * it where both look like cells of a row, which word processors write cell by cell.
 */
export function pdfLines({ runs, width }: RunGroup): readonly Line[] {
  const lines: OpenLine[] = [];
  for (const run of runs) {
    const line = lineOf(run, lines, width);
    if (!line) lines.push({ runs: [run], y: run.y, size: run.size });
    else if (!isShadow(run, line)) {
      line.runs.push(run);
      if (run.size > line.size) Object.assign(line, { y: run.y, size: run.size });
    }
  }
  return lines.map((line) => ({ cells: cellsOf(line), y: line.y, size: line.size }));
}

/** Whether a run is on a line's baseline; raised and lowered characters, which are smaller, stand a little beside it. */
function isBeside(run: TextRun, line: OpenLine): boolean {
  const [smaller = 0, larger = 0] = [run.size, line.size].toSorted((first, second) => first - second);
  return Math.abs(run.y - line.y) < Math.max(0.6 * smaller, smaller < 0.85 * larger ? 0.45 * larger : 0);
}

/** How many lines are looked through for one that a run stands beside. */
const reach = 200;

function lineOf(run: TextRun, lines: readonly OpenLine[], pageWidth: number): OpenLine | undefined {
  const last = lines.at(-1);
  if (last && isBeside(run, last)) return last;
  for (let place = lines.length - 2; place >= Math.max(0, lines.length - reach); place--) {
    const line = lines[place];
    if (!line || !isBeside(run, line)) continue;
    const isApart = line.runs.every(({ x, width }) => run.x >= x + width || run.x + run.width <= x);
    return isApart && areCells(lines.slice(place), pageWidth) ? line : undefined;
  }
  return undefined;
}

/** Whether lines look like the cells of a table and not like a column of prose: they are few, or all of them are short. */
function areCells(lines: readonly OpenLine[], pageWidth: number): boolean {
  const widths = lines.map((line) => Math.max(...cellsOf(line).map(({ left, right }) => right - left)) / pageWidth);
  const median = widths.toSorted((first, second) => first - second)[widths.length >> 1] ?? 0;
  return median <= 0.2 || lines.length <= 2 || (lines.length <= 5 && median <= 0.33);
}

/** Bold type is at times the same text drawn twice. */
function isShadow(run: TextRun, line: OpenLine): boolean {
  return line.runs.some(({ text, x, y }) => text === run.text && Math.hypot(x - run.x, y - run.y) < 0.15 * run.size);
}

/** Gaps in parts of the font's size: a wider one than the first separates words, than the second cells. */
const wordGap = 0.15;
const cellGap = 1.2;

function cellsOf({ runs, size }: OpenLine): readonly Cell[] {
  const cells: Cell[] = [];
  const leftToRight = runs.toSorted((first, second) => first.x - second.x);
  for (const run of leftToRight) {
    const right = run.x + run.width;
    const before = cells.at(-1);
    const gap = before ? run.x - before.right : 0;
    if (!before || gap > cellGap * size) cells.push({ text: run.text, left: run.x, right });
    else {
      const space = run.spaced || gap > wordGap * size ? " " : "";
      const text = run.rightToLeft ? `${run.text}${space}${before.text}` : `${before.text}${space}${run.text}`;
      cells[cells.length - 1] = { text, left: before.left, right: Math.max(before.right, right) };
    }
  }
  return cells;
}
