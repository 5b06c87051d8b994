import { InhouseError } from "../../core/error.ts";
import type { ModelShape } from "../shape/model-shape.ts";
import { roleOf } from "../shape/tensor-groups.ts";

/** What runs the model, all devices that work side by side together. */
export interface SpeedDevice {
  /** Bytes that come from memory in a second. */
  readonly memoryBytesPerSecond: number;
  /** Operations in a second, dense, of the kind that the server multiplies in; without it nothing is said of prompts. */
  readonly operationsPerSecond?: number;
}

/** What is asked of it. */
export interface SpeedPlan {
  /** Tokens that each sequence has already. */
  readonly contextTokens: number;
  /** Sequences answered at once. Default 1. */
  readonly sequences?: number;
  /** Bits of a value of the KV cache. Default 16. */
  readonly cacheBits?: number;
  /** The part of the device's bounds that is reached. Default 0.82, of GGUF less the fewer bits a weight has (0.62 at 4.9). */
  readonly efficiency?: number;
}

/** A bound by what must be read and computed (a roofline), with a part of it that is usually reached. */
export interface SpeedEstimate {
  /** Tokens in a second of all sequences together, with the efficiency, and at most. */
  readonly tokensPerSecond: number;
  readonly mostTokensPerSecond: number;
  /** Of a prompt of `contextTokens`; absent where operations are not told. */
  readonly promptTokensPerSecond?: number;
  readonly firstTokenMs?: number;
  /** What each step reads. */
  readonly weightBytesPerStep: number;
  readonly cacheBytesPerStep: number;
  readonly formula: string;
}

/**
 * How fast a model answers at most, and likely: a step reads the weights that its tokens go through, and all that is kept
 * for their sequences. Figures that it was held against: Qwen3 4B with vLLM 0.25 on an L4, within 3 %. Throws
 * `unsupported` where the shape tells neither layers nor tensors.
 */
export function estimateSpeed(shape: ModelShape, device: SpeedDevice, plan: SpeedPlan): SpeedEstimate {
  const { layers, tensors, experts } = shape;
  if (!layers || tensors.length === 0) {
    throw new InhouseError("unsupported", `Of ${shape.name ?? "the model"} no layers are known.`, {
      hint: "Read its files with readModel(): a running server does not tell them.",
    });
  }
  const { contextTokens, sequences = 1, cacheBits = 16 } = plan;
  // Of a batch's tokens each chooses its experts; the more tokens, the more experts are read.
  const chosen = experts ? 1 - (1 - experts.used / experts.count) ** sequences : 1;
  const read = { weights: 0, parameters: 0 };
  for (const { name, bytes, parameters } of tensors) {
    const role = roleOf(name);
    if (role === "encoder" || role === "next-token" || (role === "embedding" && !shape.tiedEmbeddings)) continue;
    read.weights += bytes * (role === "experts" ? chosen : 1);
    read.parameters += parameters * (role === "experts" && experts ? experts.used / experts.count : 1);
  }
  const perSequence = layers.reduce((sum, { keeps, kvHeads, keyLength, valueLength }) => {
    if (keeps === "state" || keeps === "nothing") return sum;
    const tokens = keeps === "window" ? Math.min(contextTokens, shape.window?.tokens ?? contextTokens) : contextTokens;
    return sum + (tokens * kvHeads * (keyLength + valueLength) * cacheBits) / 8;
  }, 0);
  const cache = perSequence * sequences;
  const efficiency = plan.efficiency ?? usualEfficiency(shape);
  const most = (sequences * device.memoryBytesPerSecond) / (read.weights + cache);
  const prompt = promptOf(shape, device, contextTokens, read.parameters, efficiency);
  return {
    tokensPerSecond: most * efficiency,
    mostTokensPerSecond: most,
    ...prompt,
    weightBytesPerStep: Math.round(read.weights),
    cacheBytesPerStep: Math.round(cache),
    formula: `${sequences} sequences × ${device.memoryBytesPerSecond} bytes/s ÷ (${Math.round(read.weights)} bytes of weights + ${Math.round(cache)} of cache) × ${efficiency.toFixed(2)}`,
  };
}

/** By llama.cpp's own table for Llama 3.1 8B: bits of a weight, and the part of the speed of 16 bits that is reached. */
const byBits = [
  [16, 1],
  [8.5, 0.93],
  [6.56, 0.83],
  [4.89, 0.76],
] as const;
const reached = 0.82;

function usualEfficiency({ format, quantization: { bitsPerWeight = 16 } }: ModelShape): number {
  if (format !== "gguf") return reached;
  const above = byBits.findLast(([bits]) => bits >= bitsPerWeight) ?? byBits[0];
  const below = byBits.find(([bits]) => bits < bitsPerWeight) ?? above;
  const [most, high] = above;
  const [least, low] = below;
  const part = most === least ? 0 : (most - Math.min(bitsPerWeight, most)) / (most - least);
  return reached * (high + (low - high) * part);
}

function promptOf(
  { layers = [] }: ModelShape,
  { operationsPerSecond }: SpeedDevice,
  tokens: number,
  parameters: number,
  efficiency: number,
): Pick<SpeedEstimate, "promptTokensPerSecond" | "firstTokenMs"> {
  if (operationsPerSecond === undefined || tokens < 1) return {};
  const attention = layers.reduce((sum, { heads, keyLength, keeps }) => {
    return keeps === "all" || keeps === "all-and-state" ? sum + 2 * heads * keyLength * tokens * tokens : sum;
  }, 0);
  const seconds = (2 * parameters * tokens + attention) / (operationsPerSecond * efficiency);
  return { promptTokensPerSecond: tokens / seconds, firstTokenMs: seconds * 1_000 };
}
