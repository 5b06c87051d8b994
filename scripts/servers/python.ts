import { mkdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";

import { inTemporaryFolder, moveIntoPlace, writeWhole } from "./cache.ts";
import { isFileError } from "./file-error.ts";
import type { Preparation } from "./preparation.ts";
import { programsOnPath } from "./programs.ts";
import { type Progress, withProgress } from "./progress.ts";
import { run } from "./run.ts";
import { Unavailable } from "./unavailable.ts";

/** Minor versions of Python 3. */
export interface PythonRange {
  readonly oldest: number;
  readonly newest?: number;
}

const ANY_RECENT: PythonRange = { oldest: 10 };
const NAMES = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];
const HINT_INSTALL =
  "Install it (Debian and Ubuntu: apt install python3 python3-venv; Fedora: dnf install python3; macOS: brew install python) so that python3 is on PATH.";
const HINT_VENV = "Debian and Ubuntu package it apart: apt install python3-venv.";

/** The Python of the cache's own virtual environment if there is a whole one. It has pip, and what `pipInstall` adds. */
export async function readyPython(cache: string): Promise<string | undefined> {
  return await readyEnvironment(join(cache, "python"));
}

/** Makes that environment where it is missing. */
export async function preparePython(cache: string, onProgress?: Progress, signal?: AbortSignal): Promise<string> {
  return await prepareEnvironment(join(cache, "python"), ANY_RECENT, { cache, onProgress, signal });
}

/** The Python of the virtual environment in the folder, which is made where it is missing. */
export async function prepareEnvironment(
  folder: string,
  range: PythonRange,
  { cache, onProgress, signal }: Preparation,
): Promise<string> {
  const ready = await readyEnvironment(folder);
  if (ready !== undefined) return ready;
  const base = await findPython(range, signal);
  await mkdir(dirname(folder), { recursive: true });
  await withProgress(onProgress, "making a Python environment for pip", () =>
    inTemporaryFolder(cache, async (temporary) => {
      const made = await run(base, ["-I", "-m", "venv", temporary], { signal });
      if (made.code !== 0) {
        throw new Unavailable(
          "a working venv module of Python",
          `${HINT_VENV} ${base} -m venv said: ${made.output.trim()}`,
        );
      }
      await writeWhole(join(temporary, "made-of"), await realpath(join(temporary, "bin", "python")));
      await moveIntoPlace(temporary, folder);
    }),
  );
  return join(folder, "bin", "python");
}

async function readyEnvironment(folder: string): Promise<string | undefined> {
  const python = join(folder, "bin", "python");
  try {
    // An upgrade of the system's Python leaves a link that leads to another version, or nowhere.
    return (await readFile(join(folder, "made-of"), "utf8")) === (await realpath(python)) ? python : undefined;
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function findPython({ oldest, newest = 99 }: PythonRange, signal?: AbortSignal): Promise<string> {
  let withoutVenv: string | undefined;
  const succeeds = async (python: string, code: string): Promise<boolean> =>
    (await run(python, ["-I", "-c", code], { signal, timeoutMs: 20_000 })).code === 0;
  const fits = `import sys; sys.exit(not (3, ${oldest}) <= sys.version_info[:2] <= (3, ${newest}))`;
  for (const python of new Set(NAMES.flatMap(programsOnPath))) {
    if (!(await succeeds(python, fits))) continue;
    if (await succeeds(python, "import venv, ensurepip")) return python;
    withoutVenv ??= python;
  }
  const versions = newest === 99 ? `Python 3.${oldest} or newer` : `Python 3.${oldest} to 3.${newest}`;
  if (withoutVenv === undefined) throw new Unavailable(versions, HINT_INSTALL);
  throw new Unavailable(`the modules venv and ensurepip of ${withoutVenv}`, HINT_VENV);
}
