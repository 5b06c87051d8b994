import { rename, rm, writeFile } from "node:fs/promises";

import { InhouseError } from "../index.ts";

/** Where `inhouse deploy` keeps the plan, and `inhouse verify` looks for it. */
export const usualPlanFile = "inhouse-plan.json";

/** Writes a file beside its place and then renames it, so that no half of it lies about. */
export async function writeWhole(file: string, content: string): Promise<void> {
  const beside = `${file}.${process.pid}.part`;
  try {
    await writeFile(beside, content);
    await rename(beside, file);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new InhouseError("invalid-request", `${file} could not be written.`, { hint: "Check the folder.", cause });
  }
}
