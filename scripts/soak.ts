/**
 * Makes calls of every kind at a server that breaks in every way, checks the history of each against laws, and then
 * measures what docs/reliability.md reports.
 *
 *     npm run soak -- --minutes 20 --seed 7
 *
 * Without a seed the time of day is one; `--json` prints the soak's report alone, for a test.
 */
import { parseArgs } from "node:util";

import { closeTimes, heldPerSecond, requestsWhileDown } from "../test/fault/figures.ts";
import { soak, type SoakReport } from "../test/fault/soak.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 4_294_967_296);
const unhandled: string[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(`unhandled rejection: ${String(reason)}`));
process.on("warning", (warning) => unhandled.push(String(warning)));

const ms = Number(values.minutes) * 60_000;
const report = await soak({ seed, ms, moodMs: Math.min(5_000, Math.max(200, ms / 20)) });
await new Promise((resolve) => setTimeout(resolve, 200)); // for what was closed to be gone
const running = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap" || name === "Timeout");
const broken = [...report.broken, ...unhandled, ...running.map((name) => `left running: ${name}`)];
process.exitCode = broken.length === 0 ? 0 : 1;

if (values.json) process.stdout.write(JSON.stringify({ ...report, broken }));
else await print(report);

async function print({ calls, requests, ends, moods, closeMs, heapMiB }: SoakReport): Promise<void> {
  console.log(`seed ${seed}: ${calls} calls, ${requests} requests, ${broken.length} broken laws`);
  for (const law of broken) console.log(`  ${law}`);
  console.log(`ends: ${counts(ends)}`);
  console.log(`moods of the server: ${counts(moods)}`);
  console.log(
    `left running: ${running.length}; heap: ${heapMiB === undefined ? "not measured" : `${heapMiB.toFixed(1)} MiB`}`,
  );
  console.log(`from leaving to the close, under load: ${percentiles(closeMs)}`);
  for (const how of ["break", "abort"] as const) {
    console.log(`from ${how} to the close, 1,000 of them: ${percentiles(await closeTimes(how, 1_000))}`);
  }
  for (const count of [60, 1_000]) {
    console.log(
      `requests a call while the server is down, ${count} calls: ${(await requestsWhileDown(count)).toFixed(2)}`,
    );
  }
  for (const kind of ["calls", "streams"] as const) {
    console.log(`${kind} a second, 32 at a time: ${Math.round(await heldPerSecond(kind, 5_000))}`);
  }
}

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function percentiles(sorted: readonly number[]): string {
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${sorted.length})`;
}
