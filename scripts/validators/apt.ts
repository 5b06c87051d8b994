import { spawnSync } from "node:child_process";

import { programsOnPath } from "../servers/programs.ts";
import { Unavailable } from "../servers/unavailable.ts";

/** The program by which a package is known to be there. */
const programs: Readonly<Record<string, string>> = { systemd: "systemd-analyze" };

const isMissing = (name: string): boolean => programsOnPath(programs[name] ?? name).length === 0;

/** Another process that installs something is waited for. */
function apt(...args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], { env, stdio: "inherit" }).status === 0;
}

/** Installs packages of Debian that are missing, as root; says what there is. */
export async function installPackages(names: readonly string[]): Promise<string> {
  const missing = names.filter(isMissing);
  const install = (): boolean => apt("install", "-y", "--no-install-recommends", ...missing);
  if (missing.length > 0 && process.getuid?.() === 0 && programsOnPath("apt-get").length > 0 && !install()) {
    apt("update"); // the lists of a fresh machine are old or none
    install();
  }
  const still = names.filter(isMissing);
  if (still.length > 0) throw new Unavailable(still.join(", "), `apt-get install ${still.join(" ")}.`);
  return `${names.join(", ")} are here.`;
}
