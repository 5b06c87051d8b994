import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { inTemporaryFolder, moveIntoPlace } from "./cache.ts";
import { exists } from "./exists.ts";
import { prepareModel } from "./models.ts";
import { pipInstall } from "./pip-install.ts";
import type { Preparation } from "./preparation.ts";
import { withProgress } from "./progress.ts";
import { preparePython } from "./python.ts";
import { runToSuccess } from "./run.ts";

const EMBEDDING_SCRIPT = fileURLToPath(new URL("make-embedding-gguf.py", import.meta.url));
const PROJECTOR_SCRIPT = fileURLToPath(new URL("make-projector-gguf.py", import.meta.url));

/** SmolLM2 marked as a model that embeds, 576 wide. Its vectors mean little. */
export async function prepareEmbeddingModel(preparation: Preparation): Promise<string> {
  return await made("SmolLM2-135M-embedding.1.gguf", preparation, async (python, path) => {
    const model = await prepareModel(preparation.cache, python, preparation.onProgress, preparation.signal);
    return [EMBEDDING_SCRIPT, model, path];
  });
}

/** Random weights that turn a picture into 16 tokens for SmolLM2: everything is real except the sense of the answers. */
export async function prepareProjector(preparation: Preparation): Promise<string> {
  return await made("SmolLM2-135M-projector.1.gguf", preparation, async (_, path) => [PROJECTOR_SCRIPT, path]);
}

async function made(
  file: string,
  preparation: Preparation,
  command: (python: string, path: string) => Promise<readonly string[]>,
): Promise<string> {
  const { cache, onProgress, signal } = preparation;
  const path = join(cache, "models", file);
  if (await exists(path)) return path;
  const python = await preparePython(cache, onProgress, signal);
  await pipInstall(python, ["gguf==0.19.0"], preparation);
  await inTemporaryFolder(cache, async (temporary) => {
    const part = join(temporary, file);
    const args = ["-I", ...(await command(python, part))];
    await withProgress(onProgress, `making ${file}`, () => runToSuccess(python, args, { signal }));
    await moveIntoPlace(part, path);
  });
  return path;
}
