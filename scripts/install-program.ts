import { spawnSync } from "node:child_process";

/** A program that some tests need, and where it comes from. */
export interface NeededProgram {
  readonly program: string;
  /** What makes it print its version. */
  readonly versionFlag: string;
  readonly debianPackage: string;
  readonly macPackage: string;
}

/** Installs a program by apt where it is missing and that is possible, and prints whether it is there; false where it is not. */
export function installProgram({ program, versionFlag, debianPackage, macPackage }: NeededProgram): boolean {
  const isHere = (): boolean => spawnSync(program, [versionFlag]).status === 0;
  const install = (): boolean => apt("install", "-y", "--no-install-recommends", debianPackage);
  if (!isHere() && process.getuid?.() === 0 && !install()) {
    apt("update"); // the lists of a fresh machine are old or none
    install();
  }
  if (isHere()) {
    console.log(`${program} is here.`);
    return true;
  }
  const ways = `apt-get install ${debianPackage}, or brew install ${macPackage}`;
  console.log(`${program} is missing: ${ways}. What needs it is not tested.`);
  return false;
}

/** Another process that installs something is waited for. */
function apt(...args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], { env, stdio: "inherit" }).status === 0;
}
