import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { columnsOf } from "./columns.ts";
import { installPeers } from "./install-peers.ts";
import { flagsOf, measure, type Plan } from "./measure.ts";
import { findNode, findOldNode } from "./node.ts";
import { peers } from "./peers.ts";
import { compile, repository, runWorker, startServer, type RunningServer } from "./processes.ts";
import { formatProfile } from "./profile.ts";
import { hasOwnVoid, printReport, versionsOf, writeReport, type Report } from "./report.ts";
import { isServed, isVerify, workloads } from "./workloads.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    peers: { type: "string", multiple: true },
    repetitions: { type: "string" },
    node: { type: "string" },
    node20: { type: "string" },
    dist: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    from: { type: "string" },
  },
});
const { quick, dist } = options;
const kept = join(tmpdir(), "inhouse-bench.json");

/** What an option names of a list, `a,b` or named twice; without it, all. */
function chosenOf<Named extends { readonly name: string }>(
  option: "only" | "peers",
  known: readonly Named[],
): readonly Named[] {
  const names = options[option]?.flatMap((value) => value.split(","));
  const unknown = names?.find((name) => !known.some((each) => each.name === name));
  if (unknown !== undefined) throw new Error(`--${option} ${unknown}: ${known.map(({ name }) => name).join(", ")}.`);
  return known.filter(({ name }) => names?.includes(name) ?? true);
}

function chosenPeers() {
  if (options.peers?.join() === "none" || options.profile) return [];
  const chosen = chosenOf("peers", peers);
  return installPeers() ? chosen : [];
}

async function takeReport(plan: Plan): Promise<Report> {
  if (plan.workloads.includes("size")) {
    process.stderr.write("Building the package…\n");
    const { status } = spawnSync("npm", ["run", "build"], { cwd: repository, stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) throw new Error("npm run build failed.");
  }
  const runs = await measure(plan);
  const { columns, repetitions } = plan;
  return { takenAt: new Date().toISOString(), repetitions, versions: versionsOf(columns), columns, runs };
}

async function profile({ folder, columns, ...plan }: Plan): Promise<void> {
  for (const workload of plan.workloads) {
    if (!isServed(workload) || isVerify(workload) || workload === "ttft") continue;
    const path = join(folder, `${workload}.cpuprofile`);
    const flags = [...flagsOf("inhouse", workload, plan), "--profile", path];
    await runWorker(columns[0]?.node ?? process.execPath, join(folder, "worker.mjs"), flags);
    console.log(`\n${workload}: ${path}\n${formatProfile(path)}`);
  }
}

/** Measures what is chosen; `undefined` where that was profiled instead. */
async function run(): Promise<Report | undefined> {
  const chosen = chosenOf(
    "only",
    workloads.map((name) => ({ name })),
  ).map(({ name }) => name);
  const folder = await mkdtemp(join(tmpdir(), "inhouse-bench-"));
  let server: RunningServer | undefined;
  try {
    const columns = columnsOf(findNode(options.node), findOldNode(options.node20), chosenPeers());
    await compile(folder, dist);
    server = await startServer(columns[0]?.node ?? process.execPath, folder);
    const repetitions = Number(options.repetitions ?? (quick ? 3 : 9));
    const plan = { folder, port: server.port, columns, workloads: chosen, repetitions, quick };
    if (!options.profile) return await takeReport(plan);
    await profile(plan);
    return undefined;
  } finally {
    server?.stop();
    if (!options.profile) await rm(folder, { recursive: true });
  }
}

const report = options.from === undefined ? await run() : (JSON.parse(await readFile(options.from, "utf8")) as Report);
if (report) {
  printReport(report);
  if (options.from === undefined) await writeFile(kept, JSON.stringify(report, undefined, 1));
  if (options.write) writeReport(report);
  if (hasOwnVoid(report)) process.exitCode = 1;
  console.log(`\nAll figures: ${options.from ?? kept}`);
}
