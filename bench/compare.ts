/**
 * Whether the sources cost less or more than those of another revision, on a machine that others use too: floor, old and new
 * take turns in one process, so that all three meet the same machine, and the medians of the ratios of all turns are printed.
 *
 *     npx tsx bench/compare.ts --against main --only unary,paced --rounds 40
 */
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { findNode, versionOf } from "./node.ts";
import { median, quantile } from "./outcome.ts";
import { compile, repository, runProgram, startServer } from "./processes.ts";

const { values: options } = parseArgs({
  options: {
    against: { type: "string", default: "HEAD" },
    only: { type: "string", default: "unary" },
    rounds: { type: "string", default: "40" },
    node: { type: "string" },
  },
});

/** The sources of a revision, with the dependencies of this checkout. */
async function checkOut(revision: string, folder: string): Promise<void> {
  await mkdir(folder);
  const archive = spawnSync("git", ["archive", revision, "src", "tsconfig.json"], { cwd: repository, maxBuffer: 1e8 });
  const { status } = spawnSync("tar", ["-x", "-C", folder], { input: archive.stdout });
  if (archive.status !== 0 || status !== 0) throw new Error(`There is no revision ${revision}.`);
  await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
}

function print(name: string, values: readonly number[]): void {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share).toFixed(3));
  console.log(`${name.padEnd(24)} ${middle} [${low}–${high}]`);
}

const folder = await mkdtemp(join(tmpdir(), "inhouse-compare-"));
const node = findNode(options.node);
try {
  await checkOut(options.against, join(folder, "sources"));
  await compile(join(folder, "old"), false, join(folder, "sources"));
  await compile(join(folder, "new"), false);
  const server = await startServer(node, join(folder, "new"));
  console.log(`Node ${versionOf(node)}, against ${options.against}, ${options.rounds} rounds: median [quartiles]`);
  for (const workload of options.only.split(",")) {
    const flags = ["--workload", workload, "--port", server.port, "--rounds", options.rounds];
    const sources = ["--old", join(folder, "old"), "--new", join(folder, "new")];
    const program = join(folder, "new", "compare-worker.mjs");
    const costs = JSON.parse(await runProgram(node, program, [...flags, ...sources])) as [number, number, number][];
    console.log(`\n${workload}, floor: ${median(costs.map(([floor]) => floor)).toFixed(2)} µs`);
    print(
      "old to floor",
      costs.map(([floor, old]) => old / floor),
    );
    print(
      "new to floor",
      costs.map(([floor, , now]) => now / floor),
    );
    print(
      "new to old",
      costs.map(([, old, now]) => now / old),
    );
  }
  server.stop();
} finally {
  await rm(folder, { recursive: true });
}
