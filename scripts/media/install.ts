/**
 * Installs ffmpeg where it is missing and that is possible, as root on Debian and what is made of it; else says how it is done.
 *
 *     npx tsx scripts/media/install.ts
 */
import { spawnSync } from "node:child_process";

const isHere = (): boolean => spawnSync("ffmpeg", ["-version"]).status === 0;

/** Another process that installs something is waited for. */
function apt(...args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], { env, stdio: "inherit" }).status === 0;
}

const install = (): boolean => apt("install", "-y", "--no-install-recommends", "ffmpeg");

if (!isHere() && process.getuid?.() === 0 && !install()) {
  apt("update"); // the lists of a fresh machine are old or none
  install();
}
if (isHere()) {
  console.log("ffmpeg is here.");
} else {
  console.log("ffmpeg is missing: apt-get install ffmpeg, or brew install ffmpeg. What needs it is not tested.");
  process.exitCode = 1;
}
