import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import { target, writeTarget, type TargetKind, type TargetPlanOptions } from "../../src/deploy.ts";
import { targetPlans } from "./target-plans.ts";

/** Writes every plan of the matrix as one kind of target; gives the folder of each, by what was asked. */
export async function writtenTargets(
  kind: TargetKind,
  options: TargetPlanOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const base = await mkdtemp(join(tmpdir(), `inhouse-${kind}-`));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const folders = new Map<string, string>();
  for (const [asked, made] of await targetPlans()) {
    if (kind !== "kubernetes" && made.layout.machines > 1) continue;
    const folder = join(base, String(folders.size));
    await writeTarget(target(made, kind, options), folder);
    folders.set(asked, folder);
  }
  return folders;
}
