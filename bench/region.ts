import { writeFile } from "node:fs/promises";
import { Session } from "node:inspector/promises";

import { probe, quietProbeUs } from "./probe.ts";

/** The CPU time of a region: of all threads, user and system, the probes taken out. */
export interface RegionCost {
  /** As measured, in microseconds. */
  readonly rawUs: number;
  /** At the speed of a quiet machine. */
  readonly scaledUs: number;
  /** What the probe took on average. */
  readonly probeUs: number;
  readonly wallMs: number;
}

/** To be called once for each token or call. */
export type Tick = () => void;

/** Runs `body` as a measured region, with a probe at every `probeEvery`th tick. */
export async function measureRegion(probeEvery: number, body: (tick: Tick) => Promise<void>): Promise<RegionCost> {
  const probes = [probe()];
  let left = probeEvery;
  const tick = (): void => {
    left -= 1;
    if (left > 0) return;
    left = probeEvery;
    probes.push(probe());
  };
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await body(tick);
  const { user, system } = process.cpuUsage(before);
  const wallMs = performance.now() - startedAt;
  const probeUs = meanOfUsual(probes);
  const rawUs = user + system - probeUs * (probes.length - 1);
  return { rawUs, scaledUs: (rawUs * quietProbeUs) / probeUs, probeUs, wallMs };
}

/** Without the highest quarter: those were interrupted by another thread that the core had to run. */
function meanOfUsual(values: readonly number[]): number {
  const usual = values.toSorted((a, b) => a - b).slice(0, Math.ceil(values.length * 0.75));
  return usual.reduce((sum, value) => sum + value, 0) / usual.length;
}

/** Writes a CPU profile of what `body` does. */
export async function profileTo(path: string, body: () => Promise<void>): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 100 });
  await session.post("Profiler.start");
  await body();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  await writeFile(path, JSON.stringify(profile));
}
