import type { EngineMemory, MemoryPlan } from "../../deploy/memory/engine-memory.ts";

/** Ollama's own process, seen at work. */
const ownBytes = 31_457_280;

/** `generationBatchForContext`: of all sequences together. It is less where a GPU has little room. */
function batchFor({ contextLength, sequences = 1 }: MemoryPlan): number {
  const tokens = contextLength * sequences;
  return tokens > 32_768 ? 2_048 : tokens > 4_096 ? 1_024 : 512;
}

/**
 * How Ollama 0.34.2 uses memory: as the llama-server that it starts for each model, with `-c` the context times the
 * sequences, `-np` the sequences, batches that grow with them and no mapped file, and its own process beside it. What
 * `/api/ps` calls `size` is the sum of weights, cache, compute and output buffers.
 */
export function ollamaMemory(runner: EngineMemory): EngineMemory {
  const { f16 = 16, q8_0 = 8.5, q4_0 = 4.5 } = runner.cacheBits;
  return {
    ...runner,
    title: `Ollama 0.34.2 (${runner.title})`,
    cacheBits: { f16, q8_0, q4_0 }, // what OLLAMA_KV_CACHE_TYPE takes
    complete: (plan, shape) =>
      runner.complete({ batchTokens: batchFor(plan), ...plan, unifiedCache: false, fullWindows: false }, shape),
    working: (plan, shape) => [
      // Weights that are rearranged are moved and not copied, since the file is read and not mapped.
      ...runner.working(plan, shape).filter(({ name }) => !name.startsWith("weights")),
      {
        name: "Ollama's own process",
        device: "memory",
        bytes: ownBytes,
        formula: "30 MiB",
        errorFraction: 0.3,
      },
    ],
    notes: [
      ...runner.notes,
      "Every model that is loaded has its own: up to three at once on the processor, three for each GPU (OLLAMA_MAX_LOADED_MODELS).",
    ],
  };
}
