import { writeGguf } from "./model-files.ts";
import { random } from "./random.ts";

const layers = 30;
const width = 576;
const rank = 8;

/** A LoRA adapter of random weights for SmolLM2-135M's queries: its answers can be told from the model's own. */
export function loraGguf(seed: number): Buffer {
  const tensors = Array.from({ length: layers }, (_, layer) => [
    { name: `blk.${layer}.attn_q.weight.lora_a`, type: "F32", shape: [width, rank] } as const,
    { name: `blk.${layer}.attn_q.weight.lora_b`, type: "F32", shape: [rank, width] } as const,
  ]).flat();
  const metadata = {
    "general.type": "adapter",
    "general.architecture": "llama",
    "general.name": `random ${seed}`,
    "adapter.type": "lora",
    "adapter.lora.alpha": { f32: 2 * rank },
  };
  const file = writeGguf(metadata, tensors);
  const numbers = random(seed);
  const bytes = 4 * 2 * layers * width * rank;
  for (let at = file.length - bytes; at < file.length; at += 4)
    file.writeFloatLE((numbers.int(2_001) - 1_000) / 8_000, at);
  return file;
}
