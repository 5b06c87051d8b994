import { readFile } from "node:fs/promises";

import { isFileError } from "../file-error.ts";
import { programsOnPath } from "../programs.ts";
import { Unavailable } from "../unavailable.ts";

const ELSEWHERE = "Run vLLM on a machine that has it.";

/** Throws where vLLM's prebuilt CPU package does not run, or what makes torch's stub libraries is missing. */
export async function requireVllmMachine(): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Unavailable(`vLLM for ${process.platform} ${process.arch}, only for Linux x86-64`, ELSEWHERE);
  }
  if (!/^flags\s*:.*\bavx2\b/m.test(await processorFacts())) {
    throw new Unavailable("a processor with AVX2, which vLLM needs", ELSEWHERE);
  }
  const missing = ["gcc", "nm", "readelf"].filter((name) => programsOnPath(name).length === 0);
  if (missing.length > 0) {
    throw new Unavailable(
      `${missing.join(", ")}, to make stub libraries for vLLM's torch with`,
      "Install them (Debian and Ubuntu: apt-get install gcc binutils; Fedora: dnf install gcc binutils).",
    );
  }
}

async function processorFacts(): Promise<string> {
  try {
    return await readFile("/proc/cpuinfo", "utf8");
  } catch (error) {
    if (isFileError(error, "ENOENT")) return "";
    throw error;
  }
}
