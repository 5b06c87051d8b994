import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

import type { Column, Runs } from "./measure.ts";
import { versionOf } from "./node.ts";
import { repository } from "./processes.ts";
import { alignedTable, markdownTable, tableOf } from "./table.ts";
import { isVerify, type Workload } from "./workloads.ts";

/** All that a run found out, as it is kept in JSON. */
export interface Report {
  readonly takenAt: string;
  readonly repetitions: number;
  /** By name: inhouse, the peers, Node, the processor. */
  readonly versions: Readonly<Record<string, string>>;
  readonly columns: readonly Column[];
  readonly runs: Runs;
}

export const begin = "<!-- made by npm run bench -- --write -->";
export const end = "<!-- end -->";

export function printReport(report: Report): void {
  console.log([alignedTable(tableOf(report.runs, report.columns)), ...notesOf(report)].join("\n\n"));
}

/** Puts the table into its place in docs/performance.md. */
export function writeReport(report: Report): void {
  const path = join(repository, "docs", "performance.md");
  const [before, rest = ""] = readFileSync(path, "utf8").split(`${begin}\n`);
  const after = rest.split(end)[1] ?? "";
  const block = [markdownTable(tableOf(report.runs, report.columns)), ...notesOf(report)].join("\n\n");
  writeFileSync(path, `${before}${begin}\n\n${block}\n\n${end}${after}`);
}

function notesOf({ takenAt, repetitions, versions, columns, runs }: Report): readonly string[] {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const notes = [`${takenAt.slice(0, 10)}, repetitions: ${repetitions}. ${named.join(", ")}.`];
  const capped = columns.flatMap(({ name, peer }) => (peer?.mostPieces ? [name] : []));
  const documents = runs.structured ?? runs.tools;
  if (documents && capped.length > 0) {
    notes.push(`Not run: objects over 16 kB and calls over 3 kB of ${capped.join(" and ")}, which take minutes each.`);
  }
  const failures = Object.entries(runs).flatMap(([workload, ofWorkload]) =>
    Object.entries(ofWorkload).flatMap(([column, all]) => {
      const failed = all.find((run) => "void" in run);
      return failed ? [`- VOID: ${column}, ${workload}: ${reasonOf(failed.void)}`] : [];
    }),
  );
  if (failures.length > 0) notes.push(failures.join("\n"));
  const verified = (Object.keys(runs) as Workload[]).filter(isVerify);
  if (verified.length > 0 && !failures.some((line) => line.includes("verify"))) {
    notes.push(`Passed by all: ${verified.join(", ")}.`);
  }
  return notes;
}

/** Whether figures of floor or inhouse are void, which is a fault of ours. */
export function hasOwnVoid({ columns, runs }: Report): boolean {
  const own = columns.filter(({ peer }) => !peer).map(({ name }) => name);
  return Object.values(runs).some((ofWorkload) => own.some((name) => ofWorkload[name]?.some((run) => "void" in run)));
}

/** The line of an error's trace that says what happened. */
function reasonOf(words: string): string {
  const all = words.split("\n").map((line) => line.trim());
  return (all.find((line) => /^\w*Error\b/.test(line)) ?? all.find((line) => line !== "") ?? "no reason").slice(0, 200);
}

/** What is measured, by the manifests that npm installed. */
export function versionsOf(columns: readonly Column[]): Readonly<Record<string, string>> {
  const inRepository = ["undici", "eventsource-parser"].map((name) => [name, versionIn(packageIn(repository, name))]);
  const ofPeers = columns
    .flatMap(({ peer }) => peer?.packages ?? [])
    .map((name) => [name, versionIn(packageIn(import.meta.dirname, name))]);
  const nodes = [...new Set(columns.map(({ node }) => versionOf(node)))].join(" and ");
  const inhouse = versionIn(repository);
  return {
    inhouse,
    ...Object.fromEntries([...inRepository, ...ofPeers]),
    Node: nodes,
    on: `${cpus().length} × ${cpus()[0]?.model}`,
  };
}

const packageIn = (folder: string, name: string): string => join(folder, "node_modules", name);

function versionIn(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { readonly version: string };
  return version;
}
