/**
 * Installs Redis where it is missing and that is possible, as root on Debian and what is made of it; else says how it is done.
 *
 *     npx tsx scripts/services/install.ts
 */
import { installProgram } from "../install-program.ts";

const redis = {
  program: "redis-server",
  versionFlag: "--version",
  debianPackage: "redis-server",
  macPackage: "redis",
};
if (!installProgram(redis)) process.exitCode = 1;
