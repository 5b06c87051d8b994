import { join } from "node:path";

import type { Outcome } from "./outcome.ts";
import { protocolOf, type Peer } from "./peers.ts";
import { runWorker } from "./processes.ts";
import { measureSize } from "./size.ts";
import { isVerify, type Workload } from "./workloads.ts";

/** One subject on one Node: a column of the table. */
export interface Column {
  readonly name: string;
  readonly subject: string;
  readonly node: string;
  readonly peer?: Peer;
}

/** What one process found out, or why its figures are void, and how long it took. */
export type Run = (Outcome | { readonly void: string }) & { readonly tookMs: number };

/** The runs by workload and column, in the order of their repetitions. */
export type Runs = Readonly<Partial<Record<Workload, Readonly<Record<string, readonly Run[]>>>>>;

export interface Plan {
  readonly folder: string;
  readonly port: string;
  readonly columns: readonly Column[];
  readonly workloads: readonly Workload[];
  readonly repetitions: number;
  readonly quick: boolean;
}

/** One after the other in turns, so that a slow minute of the machine falls on all workloads and on all subjects. */
export async function measure(plan: Plan): Promise<Runs> {
  const runs: Partial<Record<Workload, Record<string, Run[]>>> = {};
  for (let repetition = 0; repetition < plan.repetitions; repetition += 1) {
    for (const workload of plan.workloads) {
      const columns = plan.columns.filter(
        (column) => takesPart(column, workload) && isDue(plan, workload, column, repetition),
      );
      for (const column of repetition % 2 === 0 ? columns : columns.toReversed()) {
        process.stderr.write(`\r${repetition + 1} of ${plan.repetitions}: ${`${workload}, ${column.name}`.padEnd(32)}`);
        const ofWorkload = (runs[workload] ??= {});
        const startedAt = performance.now();
        const found = await runOnce(plan, workload, column);
        (ofWorkload[column.name] ??= []).push({ ...found, tookMs: Math.round(performance.now() - startedAt) });
      }
    }
  }
  process.stderr.write(`\r${" ".repeat(48)}\r`);
  return runs;
}

/** Texts and sizes are the same every time; a thousand streams and another Node take long, and say little more. */
function isDue(plan: Plan, workload: Workload, { node }: Column, repetition: number): boolean {
  if (isVerify(workload) || workload === "size") return repetition === 0;
  return (workload !== "many" && node === plan.columns[0]?.node) || repetition % 3 === 0;
}

function takesPart({ name, peer }: Column, workload: Workload): boolean {
  if (workload === "size") return peer !== undefined || name === "inhouse";
  if (workload === "upload") return !peer;
  return !peer || workload === "import" || protocolOf(workload) === peer.protocol;
}

async function runOnce(
  plan: Plan,
  workload: Workload,
  { subject, node, peer }: Column,
): Promise<Outcome | { readonly void: string }> {
  try {
    if (workload === "size") return await measureSize(peer);
    if (workload === "import") {
      const flags = [subject, peer?.protocol ?? "sse", `http://127.0.0.1:${plan.port}`];
      return await runWorker(node, join(plan.folder, "import-worker.mjs"), flags);
    }
    const flags = flagsOf(subject, workload, plan);
    if (peer) flags.push("--share", `${peer.share}`, "--most-pieces", `${peer.mostPieces?.[workload] ?? Infinity}`);
    return await runWorker(node, join(plan.folder, "worker.mjs"), flags);
  } catch (error) {
    return { void: error instanceof Error ? error.message : String(error) };
  }
}

export function flagsOf(subject: string, workload: Workload, plan: Pick<Plan, "port" | "quick">): string[] {
  return ["--subject", subject, "--workload", workload, "--port", plan.port, ...(plan.quick ? ["--quick"] : [])];
}
