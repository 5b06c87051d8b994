/**
 * Measures what llama-server reports of its memory against what is estimated, and writes the table of docs/deploy.md.
 * It compiles llama.cpp and downloads two small models where they are missing.
 *
 *     npm run measure:memory
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { estimateMemory, llamacppMemory, readModel, type MemoryEstimate } from "../src/deploy.ts";
import { prepareGemma, prepareSmollm2, quantized } from "./memory/measured-models.ts";
import { measuredPlans } from "./memory/memory-plans.ts";
import { observeLlamacpp, type ObservedMemory } from "./memory/observe-llamacpp.ts";
import { cacheFolder } from "./servers/cache.ts";
import { prepareCompiled } from "./servers/index.ts";

const PAGE = new URL("../docs/deploy.md", import.meta.url);
const MARKS = { start: "<!-- measured by npm run measure:memory -->\n", end: "<!-- end of what was measured -->" };
const ALLOWED = 0.1;
/** The page has the rows of this one; all are printed. */
const SHOWN = "Q4_K_M";

interface Compared {
  readonly cells: readonly string[];
  readonly worst: number;
}

/** The bytes that an estimate and a server have for the same thing. */
function pairs(estimate: MemoryEstimate, real: ObservedMemory): readonly (readonly [number, number])[] {
  const named = (test: (name: string) => boolean): number =>
    estimate.lines.reduce((sum, { name, bytes }) => sum + (test(name) ? bytes : 0), 0);
  return [
    [named((name) => name.startsWith("weights: ")), real.weights],
    [named((name) => name.startsWith("weights rearranged")), real.rearranged],
    [named((name) => name.startsWith("KV cache") || name === "recurrent state"), real.cache],
    [named((name) => name === "compute buffer"), real.compute],
    [named((name) => name === "output buffer"), real.output],
  ];
}

const mebibytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);

function compare(estimate: MemoryEstimate, real: ObservedMemory): Compared {
  const compared = pairs(estimate, real);
  // The log has two decimals, which is more than a percent of the smallest buffers.
  const errors = compared.map(([guess, truth]) =>
    truth === 0 ? Number(guess > 0) : Math.max(0, Math.abs(guess - truth) - 5_300) / truth,
  );
  return {
    cells: compared.map(([guess, truth]) =>
      guess === 0 && truth === 0 ? "–" : `${mebibytes(guess)} / ${mebibytes(truth)}`,
    ),
    worst: Math.max(...errors),
  };
}

async function main(): Promise<void> {
  const preparation = { cache: cacheFolder(), onProgress: (message: string) => console.error(message) };
  const { llamaServer, llamaQuantize, version } = await prepareCompiled(preparation);
  const sources = {
    "SmolLM2 135M": await prepareSmollm2(preparation),
    "Gemma 3 270M": await prepareGemma(preparation),
  };
  const lines = [
    "| model | context, in tokens | weights | rearranged | KV cache | compute buffer | output | worst |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  let worst = 0;
  let starts = 0;
  for (const [title, source] of Object.entries(sources)) {
    const folder = await mkdtemp(join(tmpdir(), "inhouse-memory-"));
    try {
      for (const mixture of ["F16", "Q8_0", "Q4_K_M", "Q4_0"]) {
        const model = await quantized(llamaQuantize, source, folder, mixture);
        const shape = await readModel(model);
        for (const { title: context, plan, args } of measuredPlans) {
          const real = await observeLlamacpp(llamaServer, model, args);
          const row = compare(estimateMemory(shape, llamacppMemory, plan), real);
          worst = Math.max(worst, row.worst);
          const cells = [`${title} ${mixture}`, context, ...row.cells, `${(row.worst * 100).toFixed(1)} %`];
          console.log(cells.join(" | "));
          starts += 1;
          if (mixture === SHOWN) lines.push(`| ${cells.join(" | ")} |`);
        }
        await rm(model);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const summary = [
    `llama-server ${version} on a processor with AVX2, ${starts} starts with each model in F16, Q8_0, Q4_K_M and Q4_0; the farthest of`,
    `their buffers was ${(worst * 100).toFixed(1)} % off. Estimate / what the server logged, in MiB:`,
  ].join("\n");
  await writeTable(`${summary}\n\n${lines.join("\n")}\n`);
  if (worst > ALLOWED) throw new Error(`An estimate is ${(worst * 100).toFixed(1)} % off.`);
}

async function writeTable(table: string): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const [before = "", rest = ""] = page.split(MARKS.start);
  const after = rest.slice(rest.indexOf(MARKS.end));
  await writeFile(PAGE, `${before}${MARKS.start}${table}${after}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
