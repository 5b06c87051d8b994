/**
 * Installs ffmpeg where it is missing and that is possible, as root on Debian and what is made of it; else says how it is done.
 *
 *     npx tsx scripts/media/install.ts
 */
import { installProgram } from "../install-program.ts";

const ffmpeg = { program: "ffmpeg", versionFlag: "-version", debianPackage: "ffmpeg", macPackage: "ffmpeg" };
if (!installProgram(ffmpeg)) process.exitCode = 1;
