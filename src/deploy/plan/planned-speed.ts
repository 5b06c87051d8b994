import { isInhouseError } from "../../core/error.ts";
import type { Host } from "../host/host.ts";
import { estimateSpeed, type SpeedDevice } from "../memory/estimate-speed.ts";
import type { Fit } from "./plan-fit.ts";
import type { PlannedSpeed } from "./plan-value.ts";

/** Tokens that a sequence is taken to have. */
const usualTokens = 2_048;
const alone = 0.82;

/**
 * The part of so many GPUs' bounds that is reached where they share every layer: published for Mistral Medium 3.5 on one, two,
 * four and eight MI300X (438, 530, 729 and 915 tokens/s), times what one reaches.
 */
const shared: readonly (readonly [gpus: number, part: number])[] = [
  [1, 1],
  [2, 530 / 438 / 2],
  [4, 729 / 438 / 4],
  [8, 915 / 438 / 8],
];

/** How fast a plan's server likely is; nothing where what computes is not known, or main memory sets the pace. */
export function plannedSpeed(fit: Fit, host: Host, parallel: number, replicas: number): PlannedSpeed | undefined {
  const { layout, weights, plan, engine } = fit;
  const [gpu] = host.gpus;
  const accelerator = gpu?.accelerator;
  if (layout.place !== "gpus" || !accelerator || host.gpus.some(({ name }) => name !== gpu.name)) return undefined;
  const gpus = layout.tensorParallel ?? 1;
  const operations = operationsOf(fit, accelerator);
  const device: SpeedDevice = {
    memoryBytesPerSecond: accelerator.memoryGBPerSecond * 1e9 * gpus,
    ...(operations === undefined ? {} : { operationsPerSecond: operations * 1e12 * gpus }),
  };
  const contextTokens = Math.min(usualTokens, plan.contextLength);
  const part = shared.findLast(([most]) => gpus >= most)?.[1] ?? 1;
  const cacheBits = engine.memory.cacheBits[plan.keyType ?? ""] ?? 16;
  const given = { contextTokens, cacheBits, ...(gpus > 1 ? { efficiency: alone * part } : {}) };
  try {
    const one = estimateSpeed(weights.shape, device, given);
    const all = estimateSpeed(weights.shape, device, { ...given, sequences: parallel });
    // Beyond what can be computed in a second more sequences make nothing faster.
    const computed = all.promptTokensPerSecond ?? Number.POSITIVE_INFINITY;
    const together = Math.min(all.tokensPerSecond, computed) * replicas;
    return { contextTokens, alone: one, together: { sequences: parallel * replicas, tokensPerSecond: together } };
  } catch (error) {
    if (isInhouseError(error) && error.code === "unsupported") return undefined;
    throw error;
  }
}

/** The rate of what the server multiplies in: FP8 and NVFP4 where the GPU has them, else 16 bits. */
function operationsOf(
  { weights }: Fit,
  { bf16Teraflops, fp8Teraflops, fp4Teraflops }: NonNullable<Host["gpus"][number]["accelerator"]>,
): number | undefined {
  if (weights.quantization === "nvfp4" && fp4Teraflops !== undefined) return fp4Teraflops;
  if (/^(fp8|mxfp8)$/.test(weights.quantization) && fp8Teraflops !== undefined) return fp8Teraflops;
  return bf16Teraflops;
}
