import { estimateMemory, ollamaMemory, readModel } from "../../src/deploy.ts";
import { bufferBytes, bytesForModel, compare, percent } from "./compared.ts";
import type { Measured } from "./measured-models.ts";
import { writeMeasured } from "./measured-page.ts";
import { idleLlamacpp } from "./observe-llamacpp.ts";
import { measuredOllama } from "./observe-ollama.ts";

const MIXTURES = ["Q4_0", "Q8_0", "F16"];
const CONTEXTS = [2_048, 8_192];
const SOURCE = "SmolLM2 135M";
const ROUNDING = 5_300;
/** Some 1,100 tokens: a batch and more, so that what is reserved for one is used. */
const PROMPT = "The house stands on the hill and nobody lives there. ".repeat(100);

/** What Ollama's llama-server logs, what `/api/ps` says, and what both processes hold. */
export async function measureOllama({ llamaServer, model }: Measured): Promise<number> {
  const rows = [
    [
      "model",
      "context, in tokens",
      "weights",
      "KV cache",
      "compute buffer",
      "`size` of `/api/ps`",
      "in memory",
      "worst",
    ],
  ];
  const idleRunner = await idleLlamacpp(llamaServer);
  let worst = 0;
  for (const parallel of [1, 4]) {
    for (const keyType of ["f16", "q8_0"] as const) {
      await using ollama = await measuredOllama({ parallel, keyType });
      for (const mixture of MIXTURES) {
        const file = await model(SOURCE, mixture);
        const name = mixture.toLowerCase();
        await ollama.create(name, file);
        const shape = await readModel(file);
        for (const contextLength of CONTEXTS) {
          const plan = { contextLength, sequences: parallel, keyType, valueType: keyType };
          const estimate = estimateMemory(shape, ollamaMemory, plan);
          const { weights, cache, compute, output } = bufferBytes;
          const real = await ollama.observe(name, contextLength, PROMPT);
          const logged = real.weights + real.rearranged;
          const row = compare(
            [
              [weights(estimate), logged],
              [cache(estimate), real.cache],
              [compute(estimate), real.compute],
              [weights(estimate) + cache(estimate) + compute(estimate) + output(estimate), real.size],
              [bytesForModel(estimate), real.resident - ollama.idle - idleRunner],
            ],
            ROUNDING,
          );
          worst = Math.max(worst, row.worst);
          const context = `${parallel > 1 ? `${parallel} × ` : ""}${contextLength}${keyType === "f16" ? "" : `, ${keyType}`}`;
          const cells = [`SmolLM2 135M ${mixture}`, context, ...row.cells, percent(row.worst)];
          console.log(cells.join(" | "));
          rows.push(cells);
        }
      }
    }
  }
  const text = [
    `Ollama 0.34.2 on the processor, ${rows.length - 1} loads with \`OLLAMA_NUM_PARALLEL\` 1 and 4 and \`OLLAMA_KV_CACHE_TYPE\` f16 and q8_0; the`,
    `farthest number was ${percent(worst)} off. Estimate / what its llama-server logged, \`/api/ps\` said and the system counted, in MiB; of what`,
    "is in memory, what both programs hold without a model is taken off:",
  ];
  await writeMeasured("ollama", text.join("\n"), rows);
  return worst;
}
