import { median, type Outcome } from "./drive.ts";
import { lines, type Line } from "./workloads.ts";

/** The outcomes of one workload: the two of a pair ran one after the other. */
export interface Pair {
  readonly floor: Outcome;
  readonly inhouse: Outcome;
}

/** The lines that the measured workloads give, each with medians, [lowest–highest] and the ratio to the floor. */
export function formatTable(pairs: ReadonlyMap<string, readonly Pair[]>): string {
  const rows = lines
    .filter(({ workload }) => (pairs.get(workload) ?? []).length > 0)
    .map((line) => rowOf(line, pairs.get(line.workload) ?? []));
  const table = [["figure", "floor-undici", "inhouse", "ratio [of pairs]", "target", ""], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function rowOf({ label, figure, target }: Line, pairs: readonly Pair[]): string[] {
  const floor = pairs.map((pair) => pair.floor.figures[figure] ?? Number.NaN);
  const inhouse = pairs.map((pair) => pair.inhouse.figures[figure] ?? Number.NaN);
  const ratio = median(inhouse) / median(floor);
  const ratios = pairs.map((_, index) => (inhouse[index] ?? Number.NaN) / (floor[index] ?? Number.NaN));
  return [
    label,
    spread(floor),
    spread(inhouse),
    `${ratio.toFixed(2)} [${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}]`,
    target === undefined ? "" : `≤ ${target}`,
    target === undefined ? "" : ratio <= target ? "met" : "ABOVE",
  ];
}

function spread(values: readonly number[]): string {
  return `${short(median(values))} [${short(Math.min(...values))}–${short(Math.max(...values))}]`;
}

const short = (value: number): string => value.toFixed(value < 100 ? 2 : 0);
