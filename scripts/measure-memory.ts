/**
 * Measures what servers report of their memory, and what they hold of it, against what is estimated, and writes the tables of
 * docs/deploy.md. It compiles llama.cpp, builds Ollama, installs vLLM and downloads two small models where they are missing.
 *
 *     npm run measure:memory
 *     npm run measure:memory -- ollama resident
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { percent } from "./memory/compared.ts";
import { measureLlamacpp } from "./memory/measure-llamacpp.ts";
import { measureOllama } from "./memory/measure-ollama.ts";
import { measureResident } from "./memory/measure-resident.ts";
import { measureVllm } from "./memory/measure-vllm.ts";
import { prepareMeasured, type Measured } from "./memory/measured-models.ts";
import type { MeasuredPart } from "./memory/measured-page.ts";
import { cacheFolder } from "./servers/cache.ts";

const ALLOWED = 0.1;

/** Each writes its table and says by what part its farthest estimate is off. */
const measurements: Readonly<Record<MeasuredPart, (measured: Measured) => Promise<number>>> = {
  "llama-server": measureLlamacpp,
  ollama: measureOllama,
  vllm: measureVllm,
  resident: measureResident,
};

async function main(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter((part) => !(part in measurements));
  if (unknown.length > 0) throw new Error(`${unknown.join(", ")}: none of ${Object.keys(measurements).join(", ")}.`);
  const preparation = { cache: cacheFolder(), onProgress: (message: string) => console.error(message) };
  const folder = await mkdtemp(join(tmpdir(), "inhouse-memory-"));
  try {
    const measured = await prepareMeasured(preparation, folder);
    for (const [part, measure] of Object.entries(measurements)) {
      if (wanted.length > 0 && !wanted.includes(part)) continue;
      const worst = await measure(measured);
      console.log(`${part}: the farthest is ${percent(worst)} off.`);
      if (worst > ALLOWED) process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
