import { InhouseError } from "../../core/error.ts";
import type { CompletePlan, DeviceShare, EngineMemory } from "../../deploy/memory/engine-memory.ts";
import type { ModelShape } from "../../deploy/shape/model-shape.ts";
import { vllmLoadedBytes, vllmWorkingMemory } from "./vllm-working-memory.ts";

/** Tokens of a block of the cache. */
const blockTokens = ({ gpus }: CompletePlan, { latent }: ModelShape): number => (gpus === 0 && !latent ? 128 : 16);

const blocks = (tokens: number, block: number): number => Math.ceil(tokens / block) * block;

/**
 * What vLLM 0.2x and 0.3x need of memory for a plan: weights cut over GPUs, blocks of the cache for every sequence at its
 * full length, and what a batch is computed in. What vLLM takes at its start is more: all of `--gpu-memory-utilization`
 * (0.92) of each GPU, of which the cache gets what the rest leaves. From its sources; activations, graphs and libraries
 * are rules of thumb, whose errors are stated.
 */
export const vllmMemory: EngineMemory = {
  title: "vLLM 0.32",
  cacheBits: {
    auto: 16,
    float32: 32,
    float16: 16,
    bfloat16: 16,
    fp8: 8,
    fp8_e4m3: 8,
    fp8_e5m2: 8,
    nvfp4: 4.5,
  },
  stateValueBytes: 2,
  notes: [
    "vLLM takes 92 % of each GPU whatever the model needs (--gpu-memory-utilization); what is left over becomes cache.",
    "Pictures and sound that were prepared are kept in main memory, 4 GiB for each process (--mm-processor-cache-gb).",
  ],

  complete(plan, shape) {
    const { pipelineParallel = 1, tensorParallel, sequences = 1 } = plan;
    const gpus = plan.gpus ?? (tensorParallel ?? 0) * pipelineParallel;
    const shared = tensorParallel ?? Math.max(1, Math.floor(gpus / pipelineParallel));
    if (gpus > 0 && shared * pipelineParallel !== gpus) {
      throw new InhouseError(
        "invalid-request",
        `${shared} GPUs for each layer times ${pipelineParallel} groups are not ${gpus} GPUs.`,
      );
    }
    if (plan.gpuLayers !== undefined || plan.expertLayersInMemory) {
      throw new InhouseError("invalid-request", "vLLM does not divide layers between GPUs and main memory.", {
        hint: "Leave gpuLayers and expertLayersInMemory out; --cpu-offload-gb is not estimated.",
      });
    }
    const [first] = shape.layers ?? [];
    if (first && first.heads % shared !== 0) {
      throw new InhouseError("invalid-request", `${first.heads} heads cannot be divided over ${shared} GPUs.`, {
        hint: "Choose a number of GPUs that divides the heads.",
      });
    }
    const ownCache = shape.quantization.kvCache === undefined ? "auto" : "fp8";
    return {
      everyOutput: false,
      expertParallel: false,
      flashAttention: true,
      ...plan,
      sequences,
      keyType: plan.keyType ?? ownCache,
      valueType: plan.valueType ?? plan.keyType ?? ownCache,
      batchTokens: plan.batchTokens ?? (gpus === 0 ? 2_048 : 8_192),
      gpus,
      expertLayersInMemory: 0,
      tensorParallel: shared,
      pipelineParallel,
      unifiedCache: false,
      fullWindows: plan.fullWindows ?? false,
    };
  },

  loadedBytes: vllmLoadedBytes,

  cells(keeps, plan, shape) {
    const { sequences, contextLength, batchTokens } = plan;
    const block = blockTokens(plan, shape);
    const whole = blocks(contextLength, block);
    const { tokens = 0 } = shape.window ?? {};
    const within = blocks(Math.min(tokens - 1 + batchTokens, contextLength), block) + block;
    if (keeps === "all" || plan.fullWindows || within >= whole) {
      return { cells: sequences * whole, formula: `${sequences} × ${whole} tokens (blocks of ${block})` };
    }
    return {
      cells: sequences * within,
      formula: `${sequences} × ${within} tokens (the window of ${tokens} and a batch of ${batchTokens}, blocks of ${block})`,
    };
  },

  /**
   * DeepSeek's key is kept in 8 bits with a scale of 4 bytes for each 128 values, MiniMax M3's in 16 bits, whatever the cache
   * is of; a latent vector of 8 bits has its scales and its part for positions in 16 bits besides (656 bytes and not 576).
   */
  indexed({ keyLength, chooses }, { valueLength }, { keyType }) {
    if (chooses === "compressed") return undefined;
    if (chooses === "blocks") return { bytes: keyLength * 2, formula: `a key of ${keyLength} values of 2 bytes` };
    const scales = Math.floor(keyLength / 128) * 4;
    const packed = valueLength === 0 && keyType.startsWith("fp8") ? 80 : 0;
    return {
      bytes: keyLength + scales + packed,
      formula: `(a key of ${keyLength} bytes + ${scales} of scales${packed > 0 ? ` + ${packed} beside the latent vector` : ""})`,
    };
  },

  placement(plan, layers, { experts }) {
    const { gpus, tensorParallel, pipelineParallel } = plan;
    // Whole experts go to GPUs; where they cannot be divided evenly, some GPUs have one more.
    const shareOfExperts =
      plan.expertParallel && experts ? Math.ceil(experts.count / tensorParallel) / experts.count : 1 / tensorParallel;
    const groupOf = (layer: number): number =>
      Math.min(pipelineParallel - 1, Math.floor((layer * pipelineParallel) / layers));
    const inGroup = (group: number, share: number): readonly DeviceShare[] =>
      gpus === 0
        ? [{ device: "memory", share: 1 }]
        : Array.from({ length: tensorParallel }, (_, rank): DeviceShare => {
            return { device: `gpu ${group * tensorParallel + rank}`, share };
          });
    return {
      weights(role, layer) {
        const group =
          layer === undefined ? (role === "output" || role === "norm" ? pipelineParallel - 1 : 0) : groupOf(layer);
        const isCopied = role === "norm" || role === "router";
        return inGroup(group, isCopied ? 1 : role === "experts" ? shareOfExperts : 1 / tensorParallel);
      },
      cache(layer, kvHeads) {
        // KV heads are divided, one of them at least is on each GPU; a latent vector is one head, and copied.
        const own = Math.max(1, Math.ceil(kvHeads / tensorParallel));
        return inGroup(groupOf(layer), kvHeads > 0 ? own / kvHeads : 1 / tensorParallel);
      },
    };
  },

  working: vllmWorkingMemory,
};
