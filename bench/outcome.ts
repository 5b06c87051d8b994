import { measureRegion, type RegionCost, type Tick } from "./region.ts";
import type { OpenSubject } from "./subject.ts";
import type { Size } from "./workloads.ts";

/** What one process found out about one subject. */
export interface Outcome {
  /** By the name of the figure: microseconds of CPU per token or call, milliseconds of latency, memory. */
  readonly figures: Readonly<Record<string, number>>;
  /** What the figures of CPU time were before they were scaled, the probe's times, and counts. */
  readonly raw: Readonly<Record<string, number>>;
}

/** Runs one workload against the server at `place`; rejects unless every answer came back whole. */
export interface Drive {
  (open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome>;
}

/** Around the region that is measured, or profiled, when all is warm. */
export type Region = (body: () => Promise<void>) => Promise<void>;

export async function measured(
  region: Region,
  probeEvery: number,
  body: (tick: Tick) => Promise<void>,
): Promise<RegionCost> {
  let cost: RegionCost | undefined;
  await region(async () => {
    cost = await measureRegion(probeEvery, body);
  });
  if (!cost) throw new Error("The region was not run.");
  return cost;
}

/** The cost of each region by its count of tokens or calls, and what else was found. */
export function outcomeOf(
  costs: Readonly<Record<string, readonly [RegionCost, number]>>,
  others: Readonly<Record<string, number>> = {},
  counts: Readonly<Record<string, number>> = {},
): Outcome {
  const figures: Record<string, number> = { ...others };
  const raw: Record<string, number> = { ...counts };
  for (const [name, [cost, units]] of Object.entries(costs)) {
    figures[name] = cost.scaledUs / units;
    raw[name] = cost.rawUs / units;
    raw[`${name} per second`] = (units * 1_000) / cost.wallMs;
    raw[`${name} probe`] = cost.probeUs;
  }
  return { figures, raw };
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
