import { lines, type Line } from "./lines.ts";
import type { Column, Run, Runs } from "./measure.ts";
import { median } from "./outcome.ts";

/** The lines that the measured workloads give: the head first, a cell for each column, the aim, whether it is reached. */
export function tableOf(runs: Runs, columns: readonly Column[]): readonly (readonly string[])[] {
  const head = ["", ...columns.map(({ name }) => name), "aim", "reached"];
  return [head, ...lines.filter(({ workload }) => runs[workload]).map((line) => rowOf(line, runs, columns))];
}

function rowOf(line: Line, runs: Runs, columns: readonly Column[]): string[] {
  const values = (column: Column | undefined): number[] | undefined =>
    valuesOf(runs[line.workload]?.[column?.name ?? ""], line.figure);
  const cells = columns.map((column) => {
    const ofWorkload = runs[line.workload]?.[column.name];
    if (ofWorkload?.some((run) => "void" in run)) return "VOID";
    const own = values(column);
    if (!own) return ofWorkload && column.peer ? "not run" : "";
    const floor = values(columns.find(({ subject, node }) => subject === "floor" && node === column.node));
    const inFloors = column.subject !== "floor" && floor && line.aim && "floors" in line.aim;
    if (inFloors || (column.subject !== "floor" && floor && !line.aim)) {
      return ratio(own, floor, !column.peer);
    }
    return column.peer ? short(median(own)) : spread(own);
  });
  const [floor, inhouse] = ["floor", "inhouse"].map((name) => values(columns.find((column) => column.name === name)));
  const others = columns.flatMap((column) => {
    const own = column.peer && values(column);
    return own ? [{ name: column.name, value: median(own) }] : [];
  });
  const verdict = inhouse ? verdictOf(line, median(inhouse), floor && median(floor), others) : "";
  return [line.label, ...cells, aimOf(line), verdict];
}

/** The figure of all runs; `undefined` where there is none, or where a run is void. */
function valuesOf(runs: readonly Run[] | undefined, figure: string): number[] | undefined {
  if (!runs || runs.length === 0) return undefined;
  const values = runs.flatMap((run) => ("void" in run ? [] : (run.figures[figure] ?? [])));
  return values.length === runs.length ? values : undefined;
}

interface Other {
  readonly name: string;
  readonly value: number;
}

/** Two figures that differ by less are equal: see the method in docs/performance.md. */
const equality = 1.1;

function verdictOf({ aim, alone }: Line, inhouse: number, floor: number | undefined, others: readonly Other[]): string {
  if (!aim) return "";
  const bound = "most" in aim ? aim.most : floor && ("floors" in aim ? aim.floors * floor : floor + aim.aboveFloor);
  if (bound === undefined) return "";
  if (inhouse > bound) return "**no**";
  const ahead = alone ? undefined : others.find(({ value }) => inhouse > value * equality);
  return ahead ? `**no**, behind ${ahead.name}` : "yes";
}

function aimOf({ aim, alone }: Line): string {
  if (!aim) return "";
  const bound =
    "most" in aim ? `≤ ${grouped(aim.most)}` : "floors" in aim ? `≤ ${aim.floors}×` : `≤ floor + ${aim.aboveFloor}`;
  return alone ? `${bound} (–)` : bound;
}

/** The ratio of the medians and, where wanted, those of the single runs. */
function ratio(own: readonly number[], floor: readonly number[], wide: boolean): string {
  const ratios = own.map((value, index) => value / (floor[index] ?? Number.NaN));
  const all = (median(own) / median(floor)).toFixed(2);
  return own.length === 1 || !wide
    ? `${all}×`
    : `${all}× [${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}]`;
}

function spread(values: readonly number[]): string {
  const middle = short(median(values));
  return values.length === 1 ? middle : `${middle} [${short(Math.min(...values))}–${short(Math.max(...values))}]`;
}

const short = (value: number): string => (value < 100 ? value.toFixed(value < 10 ? 2 : 1) : grouped(Math.round(value)));
const grouped = (value: number): string => value.toLocaleString("en");

/** For a terminal. */
export function alignedTable(table: readonly (readonly string[])[]): string {
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.replaceAll("**", "").padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** For a page. */
export function markdownTable(table: readonly (readonly string[])[]): string {
  const [head = [], ...rows] = table;
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
