import { estimateMemory, llamacppMemory, readModel } from "../../src/deploy.ts";
import { bufferBytes, compare, percent } from "./compared.ts";
import type { Measured } from "./measured-models.ts";
import { writeMeasured } from "./measured-page.ts";
import { measuredPlans } from "./memory-plans.ts";
import { observeLlamacpp } from "./observe-llamacpp.ts";

/** The page has the rows of this one; all are printed. */
const SHOWN = "Q4_K_M";
/** The log has two decimals of a MiB, which is more than a percent of the smallest buffers. */
const ROUNDING = 5_300;

/** What llama-server logs of its buffers. */
export async function measureLlamacpp({ llamaServer, version, sources, model }: Measured): Promise<number> {
  const rows = [
    ["model", "context, in tokens", "weights", "rearranged", "KV cache", "compute buffer", "output", "worst"],
  ];
  let worst = 0;
  let starts = 0;
  for (const title of Object.keys(sources)) {
    for (const mixture of ["F16", "Q8_0", "Q4_K_M", "Q4_0"]) {
      const file = await model(title, mixture);
      const shape = await readModel(file);
      for (const { title: context, plan, args } of measuredPlans) {
        const real = await observeLlamacpp(llamaServer, file, args);
        const estimate = estimateMemory(shape, llamacppMemory, plan);
        const row = compare(
          (["weights", "rearranged", "cache", "compute", "output"] as const).map((name) => [
            bufferBytes[name](estimate),
            real[name],
          ]),
          ROUNDING,
        );
        worst = Math.max(worst, row.worst);
        const cells = [`${title} ${mixture}`, context, ...row.cells, percent(row.worst)];
        console.log(cells.join(" | "));
        starts += 1;
        if (mixture === SHOWN) rows.push(cells);
      }
    }
  }
  const text = [
    `llama-server ${version} on a processor with AVX2, ${starts} starts with each model in F16, Q8_0, Q4_K_M and Q4_0; the farthest of`,
    `their buffers was ${percent(worst)} off. Estimate / what the server logged, in MiB:`,
  ];
  await writeMeasured("llama-server", text.join("\n"), rows);
  return worst;
}
