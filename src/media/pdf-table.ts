import type { Cell, Line } from "./pdf-lines.ts";

/** The text of each line; cells are separated by tabs, as many as bring a cell into its column. */
export function lineTexts(lines: readonly Line[]): readonly string[] {
  const texts: string[] = [];
  for (let start = 0; start < lines.length;) {
    const end = tableEnd(lines, start);
    const rows = lines.slice(start, end);
    const columns = columnsOf(rows);
    texts.push(...rows.map(({ cells }) => rowText(cells, columns)));
    start = end;
  }
  return texts;
}

/** Whether two lines are rows of a table that stand under each other. */
export function areRows(line: Line, next: Line): boolean {
  const gap = next.y - line.y;
  return gap > 0 && gap < 3 * next.size && isRow(next, [line]) && (line.cells.length > 1 || next.cells.length > 1);
}

/** The line after the table that begins here; the next line where none does. */
function tableEnd(lines: readonly Line[], start: number): number {
  let end = start + 1;
  const [first] = lines.slice(start, end);
  if (!first || first.cells.length < 2) return end;
  for (; end < lines.length; end++) {
    const [line, next] = lines.slice(end - 1, end + 1);
    if (!line || !next) break;
    const gap = next.y - line.y;
    if (gap <= 0 || gap > 3 * next.size || !isRow(next, lines.slice(start, end))) break;
  }
  return end;
}

/** A row has cells, or is the rest of a cell: it stands in one column and right under it. */
function isRow(next: Line, rows: readonly Line[]): boolean {
  const [cell] = next.cells;
  const above = rows.at(-1);
  if (next.cells.length > 1 || !cell || !above || next.y - above.y > 1.6 * next.size) return next.cells.length > 1;
  return (
    rows.some((row) => row.cells.length > 1) && columnsOf(rows).filter((column) => overlap(cell, column)).length === 1
  );
}

interface Column {
  readonly left: number;
  readonly right: number;
}

const overlap = (cell: Column, column: Column): boolean => cell.left < column.right && cell.right > column.left;

/** Where cells of several rows stand under each other they make a column. */
function columnsOf(rows: readonly Line[]): readonly Column[] {
  const columns: Column[] = [];
  const cells = rows.flatMap((row) => (row.cells.length > 1 ? row.cells : []));
  for (const { left, right } of cells.toSorted((first, second) => first.left - second.left)) {
    const last = columns.at(-1);
    if (!last || left >= last.right) columns.push({ left, right });
    else columns[columns.length - 1] = { left: last.left, right: Math.max(last.right, right) };
  }
  return columns;
}

function rowText(cells: readonly Cell[], columns: readonly Column[]): string {
  let text = "";
  let reached = 0;
  cells.forEach((cell, index) => {
    const column = Math.max(
      0,
      columns.findIndex((candidate) => overlap(cell, candidate)),
    );
    text += "\t".repeat(Math.max(index === 0 ? 0 : 1, column - reached)) + cell.text;
    reached = Math.max(reached, column);
  });
  return text;
}
