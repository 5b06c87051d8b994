import type { CompletePlan, EngineMemory, MemoryDevice } from "../../deploy/memory/engine-memory.ts";

/** `GGML_PAD(n, 256)`. */
export const pad = (tokens: number): number => Math.ceil(tokens / 256) * 256;

/** How many tokens the cache of a kind of layers has room for. */
export const llamacppCells: EngineMemory["cells"] = (keeps, plan, shape) => {
  const { sequences, unifiedCache, batchTokens } = plan;
  const streams = unifiedCache ? 1 : sequences;
  const whole = unifiedCache ? pad(plan.contextLength * sequences) : pad(plan.contextLength);
  const { tokens = 0 } = shape.window ?? {};
  if (keeps === "all" || plan.fullWindows) return { cells: streams * whole, formula: `${streams} × ${whole} tokens` };
  const wanted = tokens * (unifiedCache ? sequences : 1) + batchTokens;
  const within = pad(Math.min(whole, wanted));
  return {
    cells: streams * within,
    formula: `${streams} × ${within} tokens (the window of ${tokens} and a batch of ${batchTokens}, in steps of 256)`,
  };
};

/** Where a layer is: the last layers go to GPUs, in equal parts; the output layer counts as one more. */
export function layerDevice({ gpus, gpuLayers }: CompletePlan, layers: number, layer: number): MemoryDevice {
  const offloaded = gpus === 0 ? 0 : Math.min(gpuLayers ?? layers + 1, layers + 1);
  const place = layer - (layers + 1 - offloaded);
  return place < 0 ? "memory" : `gpu ${Math.min(gpus - 1, Math.floor((place * gpus) / offloaded))}`;
}
