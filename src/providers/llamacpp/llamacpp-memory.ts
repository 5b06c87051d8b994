import { InhouseError } from "../../core/error.ts";
import type { EngineMemory, MemoryDevice } from "../../deploy/memory/engine-memory.ts";
import { layerDevice, llamacppCells, pad } from "./llamacpp-placement.ts";
import { llamacppWorkingMemory } from "./llamacpp-working-memory.ts";

/**
 * How llama-server b11434 uses memory: the whole cache at the start, windows with room for a batch, one buffer to work in
 * for each device. Measured on the processor; on GPUs from its sources.
 */
export const llamacppMemory: EngineMemory = {
  title: "llama-server b11434",
  cacheBits: { f32: 32, f16: 16, bf16: 16, q8_0: 8.5, q5_1: 6, q5_0: 5.5, q4_1: 5, q4_0: 4.5, iq4_nl: 4.5 },
  stateValueBytes: 4,
  notes: ["A prompt cache in main memory grows with use, to 8 GiB at most: --cache-ram sets the bound."],

  complete(plan) {
    const { keyType = "f16", valueType = "f16", flashAttention = true, tensorParallel = 1, pipelineParallel } = plan;
    if (!flashAttention && !/^(f32|f16|bf16)$/.test(valueType)) {
      throw new InhouseError("invalid-request", `llama-server has no ${valueType} values without flash attention.`, {
        hint: "Leave flash attention on, or values f16.",
      });
    }
    const gpus = plan.gpus ?? 0;
    if (tensorParallel > 1 || plan.expertParallel || (pipelineParallel ?? gpus) > Math.max(1, gpus)) {
      throw new InhouseError(
        "invalid-request",
        "llama-server's memory is estimated with layers split over GPUs only.",
        {
          hint: "Leave tensorParallel and expertParallel out.",
        },
      );
    }
    const tokens = plan.contextLength * (plan.sequences ?? 1);
    return {
      sequences: 1,
      everyOutput: false,
      expertLayersInMemory: 0,
      unifiedCache: false,
      fullWindows: false,
      expertParallel: false,
      ...plan,
      keyType,
      valueType,
      flashAttention,
      gpus,
      tensorParallel: 1,
      pipelineParallel: Math.max(1, gpus),
      batchTokens: Math.min(plan.batchTokens ?? 512, pad(tokens)),
    };
  },

  cells: llamacppCells,

  /** A second cache of one head and of the first one's types: keys alone beside latent vectors, else values too. */
  indexed({ keyLength, chooses }, { valueLength }, { keyType, valueType }) {
    if (chooses === "compressed") return undefined;
    const values = chooses === "blocks" ? valueLength : 0;
    const { [keyType]: keyBits = 16, [valueType]: valueBits = 16 } = llamacppMemory.cacheBits;
    return {
      bytes: (keyLength * keyBits + values * valueBits) / 8,
      formula: `(${keyLength} ${keyType}${values > 0 ? ` + ${values} ${valueType}` : ""} values of the indexer)`,
    };
  },

  placement(plan, layers) {
    const deviceOf = (layer: number): MemoryDevice => layerDevice(plan, layers, layer);
    return {
      weights(role, layer) {
        if (role === "encoder") return [{ device: plan.gpus > 0 ? "gpu 0" : "memory", share: 1 }];
        if (layer === undefined) return [{ device: role === "embedding" ? "memory" : deviceOf(layers), share: 1 }];
        const stays = role === "experts" && layer < plan.expertLayersInMemory;
        return [{ device: stays ? "memory" : deviceOf(layer), share: 1 }];
      },
      cache: (layer) => [{ device: deviceOf(layer), share: 1 }],
    };
  },

  working: llamacppWorkingMemory,
};
