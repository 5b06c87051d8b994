import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { compile, runWorker, startServer, type RunningServer } from "./processes.ts";
import { formatProfile } from "./profile.ts";
import { formatTable, type Pair } from "./table.ts";
import { workloads, type Workload } from "./workloads.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    repetitions: { type: "string" },
    node: { type: "string", default: process.execPath },
    dist: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
  },
});
const { node, quick } = options;
const chosen = workloads.filter((workload) => options.only?.includes(workload) ?? true);
if (chosen.length === 0) throw new Error(`--only: expected one of ${workloads.join(", ")}.`);

/** Whether only the answer counts, and not what it costs. */
const isVerify = (workload: Workload): boolean => workload.endsWith("verify");

/** Each pair in turn, so that a slow minute of the machine falls on all workloads and on both subjects. */
async function measure(folder: string, port: string): Promise<Map<Workload, Pair[]>> {
  const repetitions = Number(options.repetitions ?? (quick ? 3 : 9));
  const pairs = new Map<Workload, Pair[]>();
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const workload of chosen) {
      if (isVerify(workload) && repetition > 0) continue;
      process.stderr.write(`\r${repetition + 1} of ${repetitions}: ${workload.padEnd(8)}`);
      const pair = await measurePair(folder, port, workload, repetition % 2 === 1);
      pairs.set(workload, [...(pairs.get(workload) ?? []), pair]);
    }
  }
  process.stderr.write("\r");
  return pairs;
}

async function measurePair(folder: string, port: string, workload: Workload, swapped: boolean): Promise<Pair> {
  const run = (subject: string) => runWorker(node, folder, flagsOf(subject, workload, port));
  if (!swapped) return { floor: await run("floor"), inhouse: await run("inhouse") };
  const inhouse = await run("inhouse");
  return { floor: await run("floor"), inhouse };
}

function flagsOf(subject: string, workload: Workload, port: string): string[] {
  return ["--subject", subject, "--workload", workload, "--port", port, ...(quick ? ["--quick"] : [])];
}

async function profile(folder: string, port: string): Promise<void> {
  for (const workload of chosen.filter((name) => !isVerify(name) && name !== "ttft")) {
    const path = join(folder, `${workload}.cpuprofile`);
    await runWorker(node, folder, [...flagsOf("inhouse", workload, port), "--profile", path]);
    console.log(`\n${workload}: ${path}\n${formatProfile(path)}`);
  }
}

const folder = await mkdtemp(join(tmpdir(), "inhouse-bench-"));
let server: RunningServer | undefined;
try {
  await compile(folder, options.dist);
  server = await startServer(node, folder);
  if (options.profile) await profile(folder, server.port);
  else {
    const pairs = await measure(folder, server.port);
    const path = join(tmpdir(), "inhouse-bench.json");
    await writeFile(path, JSON.stringify(Object.fromEntries(pairs), undefined, 1));
    console.log(
      `${formatTable(pairs)}\n\n${[...pairs.keys()].some(isVerify) ? "verify: passed by both. " : ""}All figures: ${path}`,
    );
  }
} finally {
  server?.stop();
  if (!options.profile) await rm(folder, { recursive: true });
}
