import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname;

/** Installs the peers into `bench/node_modules` where they are not, or not as locked; says whether they are there. */
export function installPeers(): boolean {
  if (installedAt() >= statSync(join(folder, "package-lock.json")).mtimeMs) return true;
  console.error("Installing the peers into bench/node_modules, 120 MB, once…");
  // By the lock, whatever Node runs npm, which would warn of their engines.
  const flags = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error } = spawnSync("npm", flags, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  if (status === 0) return true;
  console.error(`The peers cannot be installed${error ? ` (${error.message})` : ""}: floor and inhouse alone.`);
  return false;
}

/** When npm last installed here, by its own note; 0 where it never did. */
function installedAt(): number {
  const note = join(folder, "node_modules", ".package-lock.json");
  return existsSync(note) ? statSync(note).mtimeMs : 0;
}
