import { estimateMemory, llamacppMemory, readModel } from "../../src/deploy.ts";
import { bytesForModel, compare, mebibytes, percent } from "./compared.ts";
import type { Measured } from "./measured-models.ts";
import { writeMeasured } from "./measured-page.ts";
import { idleLlamacpp, residentLlamacpp } from "./observe-llamacpp.ts";

const MODELS = [
  ["SmolLM2 135M", "Q8_0"],
  ["SmolLM2 135M", "Q4_K_M"],
  ["Gemma 3 270M", "Q4_K_M"],
] as const;
const PROMPT_TOKENS = 1_000;

/** What a llama-server holds in main memory, with the file mapped and without. */
export async function measureResident({ llamaServer, version, model }: Measured): Promise<number> {
  const rows = [["model", "context, in tokens", "KV cache", "file mapped", "`--load-mode none`", "worst"]];
  const idle = await idleLlamacpp(llamaServer);
  let worst = 0;
  for (const [title, mixture] of MODELS) {
    const file = await model(title, mixture);
    const shape = await readModel(file);
    for (const contextLength of [2_048, 8_192]) {
      for (const keyType of ["f16", "q8_0"]) {
        const estimate = estimateMemory(shape, llamacppMemory, { contextLength, keyType, valueType: keyType });
        const rearranged = estimate.lines.find(({ name }) => name.startsWith("weights rearranged"))?.bytes ?? 0;
        const args = ["-c", String(contextLength), "-np", "1", "-fa", "on", "-ctk", keyType, "-ctv", keyType];
        const mapped = await residentLlamacpp(llamaServer, file, PROMPT_TOKENS, args);
        const read = await residentLlamacpp(llamaServer, file, PROMPT_TOKENS, [...args, "--load-mode", "none"]);
        const row = compare([
          [bytesForModel(estimate), mapped - idle],
          [bytesForModel(estimate) - rearranged, read - idle],
        ]);
        worst = Math.max(worst, row.worst);
        const cells = [`${title} ${mixture}`, String(contextLength), keyType, ...row.cells, percent(row.worst)];
        console.log(cells.join(" | "));
        rows.push(cells);
      }
    }
  }
  const text = [
    `What a llama-server ${version} holds in main memory when it has read a prompt of ${PROMPT_TOKENS} tokens, less the ${mebibytes(idle)} MiB that it holds`,
    `without a model; the farthest was ${percent(worst)} off. The cache is written over at the start and counts from then on. A mapped file counts`,
    "with all its pages, of which rearranged weights are copies; read without mapping they are moved. Estimate / what the system counted, in MiB:",
  ];
  await writeMeasured("resident", text.join("\n"), rows);
  return worst;
}
