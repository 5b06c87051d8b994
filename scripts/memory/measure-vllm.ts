import { estimateMemory, readModel, vllmMemory } from "../../src/deploy.ts";
import { prepareVllm } from "../servers/vllm/prepare-vllm.ts";
import { folderOf } from "../servers/vllm/vllm-models.ts";
import { bufferBytes, bytesForModel, compare, mebibytes, percent } from "./compared.ts";
import { writeMeasured } from "./measured-page.ts";
import { observeVllm, type VllmSetting } from "./observe-vllm.ts";

/** Contexts and sequences that make use of the GiB that the cache is given, as far as whole sequences can. */
const SETTINGS: readonly VllmSetting[] = [
  { dtype: "float32", contextLength: 2_048, sequences: 11, batchTokens: 2_048 },
  { dtype: "bfloat16", contextLength: 4_096, sequences: 11, batchTokens: 2_048 },
];
const NARROW: VllmSetting = { dtype: "bfloat16", contextLength: 2_048, sequences: 1, batchTokens: 2_048, narrow: true };
/** Embeddings of 64 values of 2 bytes, and their copy. */
const NARROW_BYTES = 2 * 49_152 * 64 * 2;

/** What vLLM reports of its cache, and what its processes hold. */
export async function measureVllm(): Promise<number> {
  const rows = [["type", "context, in tokens", "tokens in 1 GiB", "KV cache", "in memory", "worst"]];
  const vllm = await prepareVllm({ onProgress: (message) => console.error(message) });
  const shape = await readModel(folderOf(vllm, "smollm2"));
  const narrow = await observeVllm(NARROW);
  const idle = narrow.resident - narrow.cacheBytes - NARROW_BYTES;
  let worst = 0;
  for (const setting of SETTINGS) {
    const { dtype, contextLength, sequences, batchTokens } = setting;
    const plan = { contextLength, sequences, batchTokens, keyType: dtype };
    const estimate = estimateMemory(shape, vllmMemory, plan);
    const real = await observeVllm(setting);
    const tokens = Math.floor(real.cacheBytes / (estimate.cacheBytesPerToken * 128)) * 128;
    const row = compare([
      [bufferBytes.cache(estimate), real.cacheBytes],
      [bytesForModel(estimate), real.resident - idle],
    ]);
    const farthest = Math.max(row.worst, Math.abs(tokens / real.cacheTokens - 1));
    worst = Math.max(worst, farthest);
    const cells = [dtype, `${sequences} × ${contextLength}`, `${tokens} / ${real.cacheTokens}`, ...row.cells];
    console.log([...cells, percent(farthest)].join(" | "));
    rows.push([...cells, percent(farthest)]);
  }
  const text = [
    `vLLM 0.32.0 on the processor, SmolLM2 135M with \`VLLM_CPU_KVCACHE_SPACE=1\`; the farthest number was ${percent(worst)} off. Estimate / what`,
    `\`vllm:cache_config_info\` and the system said, in MiB. Of what is in memory, what vLLM itself holds is taken off, ${mebibytes(idle)} MiB in`,
    "three processes: what it took to serve a model of one narrow layer, less that model and its cache:",
  ];
  await writeMeasured("vllm", text.join("\n"), rows);
  return worst;
}
