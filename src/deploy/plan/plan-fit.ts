import { isInhouseError } from "../../core/error.ts";
import type { Economy, Layout, Weights } from "../engine-choice.ts";
import type { Engine } from "../engine.ts";
import type { Host, HostGpu } from "../host/host.ts";
import type { EngineMemory, MemoryDevice, MemoryPlan } from "../memory/engine-memory.ts";
import { estimateMemory } from "../memory/estimate-memory.ts";
import type { MemoryEstimate } from "../memory/memory-estimate.ts";
import type { ModelShape } from "../shape/model-shape.ts";
import { roleOf } from "../shape/tensor-groups.ts";
import type { PlannedDevice } from "./plan-value.ts";

/** What is to have room. */
export interface FitRequest {
  readonly host: Host;
  readonly contextLength: number;
  readonly sequences: number;
  readonly kvType?: string;
}

/** One way to serve a model. */
export interface Way {
  readonly engine: Engine;
  readonly weights: Weights;
  readonly layout: Layout;
  readonly economy: Economy;
}

/** A way, and what it takes of each device. */
export interface Fit extends Way {
  readonly fits: boolean;
  readonly estimate: MemoryEstimate;
  readonly devices: readonly PlannedDevice[];
  readonly plan: MemoryPlan;
}

/** The part of main memory that a server may fill. */
const ofMemory = 0.95;
/** The part of main memory that Apple's GPUs use; what is said of it differs, from 0.65 to 0.75. */
const ofShared = 0.65;

/** What a way takes, and whether the host has it; a sentence where the server cannot do it at all. */
export function fitOf(way: Way, request: FitRequest): Fit | string {
  const { engine, weights, layout, economy } = way;
  const { host, contextLength, sequences, kvType } = request;
  const { place: _place, ...devices } = layout;
  const batchTokens = engine.batchTokens?.(host);
  const plan: MemoryPlan = {
    contextLength,
    sequences,
    ...devices,
    ...(kvType === undefined ? {} : { keyType: kvType, valueType: kvType }),
    ...(batchTokens === undefined ? {} : { batchTokens }),
  };
  try {
    const shape = economy.textOnly ? withoutEncoder(weights.shape) : weights.shape;
    const estimate = estimateMemory(shape, recordWithout(engine.memory, economy.without ?? []), plan);
    const planned = estimate.devices.map((device): PlannedDevice => ({
      ...device,
      ...roomOf(device.device, way, host),
    }));
    const unknown = planned.find(({ device, roomBytes }) => roomBytes === undefined && isNeeded(device, layout));
    if (unknown)
      return `${unknown.device === "memory" ? "Main memory" : unknown.device} is of a size that is not told: describe the host with it, as in "1x gpu 24GB" or "M4 Max, ram 64GB".`;
    const fits = planned.every(({ bytes, roomBytes = bytes }) => bytes <= roomBytes);
    return { ...way, fits, estimate, devices: planned, plan };
  } catch (error) {
    if (isInhouseError(error) && error.code === "invalid-request") return error.message;
    throw error;
  }
}

/** Where all of a model is on GPUs, little of main memory is taken. */
const isNeeded = (device: MemoryDevice, { place }: Layout): boolean => device !== "memory" || place !== "gpus";

function roomOf(device: MemoryDevice, { engine }: Way, host: Host): Pick<PlannedDevice, "roomBytes" | "totalBytes"> {
  if (device === "memory") {
    const { availableMemoryBytes: free, memoryBytes } = host;
    return free === undefined ? {} : { roomBytes: Math.floor(free * ofMemory), totalBytes: memoryBytes ?? free };
  }
  const gpu = host.gpus[Number(device.slice(4)) % host.gpus.length];
  const totalBytes = gpu && memoryOf(gpu, host);
  if (!gpu || totalBytes === undefined) return {};
  return { roomBytes: Math.floor(engine.room(gpu, totalBytes)), totalBytes };
}

/** What a GPU has for itself, or may use of main memory. */
export function memoryOf({ memoryBytes, accelerator }: HostGpu, host: Host): number | undefined {
  if (memoryBytes !== undefined) return memoryBytes;
  const shared = accelerator?.vendor === "apple" ? host.memoryBytes : undefined;
  return shared === undefined ? undefined : Math.floor(shared * ofShared);
}

function withoutEncoder(shape: ModelShape): ModelShape {
  const { encoder: _encoder, ...rest } = shape;
  return { ...rest, tensors: shape.tensors.filter(({ name }) => roleOf(name) !== "encoder") };
}

function recordWithout(memory: EngineMemory, without: readonly string[]): EngineMemory {
  if (without.length === 0) return memory;
  return {
    ...memory,
    working: (plan, shape) => memory.working(plan, shape).filter(({ name }) => !without.includes(name)),
  };
}

/** What a pool has room for beside everything else. */
export interface PoolRoom {
  readonly tokens: number;
  /** Sequences of the full context. */
  readonly sequences: number;
  /** Sequences of usual length. */
  readonly concurrent: number;
}

/** Tokens of a sequence as they usually are. */
const usualTokens = 4_096;
/** Values of 4 bytes that stand for a sequence and each token of the vocabulary. */
const logitsBytes = 12;

/** The room of a pool, by the device that has least; `most` sequences at once. */
export function poolOf({ estimate, devices, plan, weights }: Fit, most: number): PoolRoom {
  const { contextLength, sequences: planned = 1 } = plan;
  const logits = (weights.shape.vocabularySize ?? 0) * logitsBytes;
  const ofDevices = devices.flatMap(({ device, bytes, roomBytes }) => {
    const cache = estimate.lines.reduce(
      (sum, line) => sum + (line.device === device && line.kind === "cache" ? line.bytes : 0),
      0,
    );
    if (roomBytes === undefined || cache === 0) return [];
    const perToken = cache / planned / contextLength;
    return [{ perToken, free: roomBytes - bytes, cache }];
  });
  const least = (of: (device: (typeof ofDevices)[number]) => number): number =>
    Math.max(planned, Math.floor(Math.min(...ofDevices.map(of), most)));
  const concurrent = Math.min(
    least(({ free, cache, perToken }) => (free + cache) / (usualTokens * perToken + logits)),
    least(({ free }) => planned + (logits > 0 ? free / logits : most)),
  );
  const tokens = Math.floor(
    Math.min(
      ...ofDevices.map(({ free, cache, perToken }) => (free + cache - (concurrent - planned) * logits) / perToken),
    ),
  );
  return { tokens, concurrent, sequences: Math.min(most, Math.max(planned, Math.floor(tokens / contextLength))) };
}
