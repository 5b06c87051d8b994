import type { EngineMemory } from "../../deploy/engine-memory.ts";

/** Ollama's own process, seen at rest. */
const ownBytes = 62_914_560;

/**
 * How Ollama 0.34 uses memory: as the llama-server that it starts for each model, with `-c` the context times the
 * sequences and `-np` the sequences, and its own process beside it.
 */
export function ollamaMemory(runner: EngineMemory): EngineMemory {
  const { f16 = 16, q8_0 = 8.5, q4_0 = 4.5 } = runner.cacheBits;
  return {
    ...runner,
    title: `Ollama 0.34 (${runner.title})`,
    cacheBits: { f16, q8_0, q4_0 }, // what OLLAMA_KV_CACHE_TYPE takes
    complete: (plan, shape) => runner.complete({ ...plan, unifiedCache: false, fullWindows: false }, shape),
    working: (plan, shape) => [
      ...runner.working(plan, shape),
      {
        name: "Ollama's own process",
        device: "memory",
        bytes: ownBytes,
        formula: "60 MiB",
        errorFraction: 0.5,
      },
    ],
    notes: [
      ...runner.notes,
      "Every model that is loaded has its own: up to three at once on the processor, three for each GPU (OLLAMA_MAX_LOADED_MODELS).",
    ],
  };
}
