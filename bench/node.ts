import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { repository } from "./processes.ts";

/** What the peers need at least, and what most of their users have. */
export const major = 24;
/** The oldest that inhouse runs on. */
export const oldMajor = 20;

const ownMajor = Number(process.versions.node.split(".")[0]);

/** The version of a node program, such as 24.21.0. */
export const versionOf = (program: string): string =>
  execFileSync(program, ["--version"], { encoding: "utf8" }).trim().slice(1);

/** The program that everything runs on: the one chosen, this one, or one that is fetched into the user's cache. */
export function findNode(chosen: string | undefined): string {
  if (chosen !== undefined) return chosen;
  if (ownMajor === major) return process.execPath;
  try {
    return execFileSync(join(repository, ".ci", "fetch-node"), [`${major}`], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }).trim();
  } catch {
    console.error(`Node ${major} cannot be fetched (--node names one): all runs on this ${process.versions.node}.`);
    return process.execPath;
  }
}

/** The program for floor and inhouse once more; `undefined` where there is none. */
export function findOldNode(chosen: string | undefined): string | undefined {
  if (chosen !== undefined) return chosen;
  if (ownMajor === oldMajor) return process.execPath;
  console.error(`No figures of Node ${oldMajor}: this is ${process.versions.node}, and --node20 names none.`);
  return undefined;
}
