/**
 * Makes test/fixtures/small.gguf-header anew: what stands before the data of a file that llama-gguf-split wrote, three tensors
 * of SmolLM2 in Q4_1. It compiles llama.cpp and downloads the model where they are missing.
 *
 *     npx tsx scripts/make-gguf-header.ts
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { fileSource } from "../src/deploy/shape/file-source.ts";
import { readGguf } from "../src/deploy/shape/gguf.ts";
import { prepareMeasured } from "./memory/measured-models.ts";
import { cacheFolder } from "./servers/cache.ts";
import { prepareCompiled } from "./servers/index.ts";
import { runToSuccess } from "./servers/run.ts";

const FIXTURE = new URL("../test/fixtures/small.gguf-header", import.meta.url);

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "inhouse-header-"));
  try {
    const preparation = { cache: cacheFolder(), onProgress: (message: string) => console.error(message) };
    const { llamaGgufSplit } = await prepareCompiled(preparation);
    const { sources } = await prepareMeasured(preparation, folder);
    await runToSuccess(llamaGgufSplit, [
      "--split",
      "--split-max-tensors",
      "3",
      sources["SmolLM2 135M"] ?? "",
      join(folder, "part"),
    ]);
    const part = join(folder, "part-00003-of-00091.gguf");
    const source = await fileSource(part);
    const { headerBytes } = await readGguf(source);
    await source.close();
    await writeFile(FIXTURE, (await readFile(part)).subarray(0, headerBytes));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
