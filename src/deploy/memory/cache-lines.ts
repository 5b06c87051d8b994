import { InhouseError } from "../../core/error.ts";
import type { LayerShape, ModelShape } from "../shape/model-shape.ts";
import type { CacheCells, CompletePlan, EngineMemory, MemoryDevice, Placement } from "./engine-memory.ts";
import type { EstimateLine } from "./memory-estimate.ts";

/** What a model keeps for the tokens that were read, by device. */
export function cacheLines(
  shape: ModelShape,
  layers: readonly LayerShape[],
  engine: EngineMemory,
  plan: CompletePlan,
  placement: Placement,
): { readonly lines: readonly EstimateLine[]; readonly bytesPerToken: number } {
  const keyBits = bitsOf(engine, plan.keyType);
  const valueBits = bitsOf(engine, plan.valueType);
  const sums = new Map<string, Sum>();
  let bytesPerToken = 0;
  for (const [index, layer] of layers.entries()) {
    if (layer.keeps === "nothing") continue;
    const devices = placement.cache(index, layer.kvHeads);
    if (layer.keeps.endsWith("state")) addState(devices);
    if (layer.keeps === "state") continue;
    const perToken = (layer.kvHeads * (layer.keyLength * keyBits + layer.valueLength * valueBits)) / 8;
    if (layer.keeps !== "window") bytesPerToken += perToken;
    const room = engine.cells(layer.keeps === "window" ? "window" : "all", plan, shape);
    for (const { device, share } of devices) add(device, layer, room, perToken * room.cells * share, share);
    const besides = layer.indexed && shape.indexer ? engine.indexed?.(shape.indexer, layer, plan) : undefined;
    if (!besides) continue;
    bytesPerToken += besides.bytes;
    // The key is one for all heads, and each device that has a part of the layer has all of it.
    for (const { device } of devices) {
      addTo(device, "indexer's keys", `${room.formula} × ${besides.formula}`, besides.bytes * room.cells);
    }
  }
  return { lines: [...sums.values()].map((sum) => lineOf(sum, plan)), bytesPerToken };

  function add(device: MemoryDevice, layer: LayerShape, room: CacheCells, bytes: number, share: number): void {
    const { kvHeads, keyLength, valueLength } = layer;
    const part = share === 1 ? "" : `, ${percent(share)} of it here`;
    const each =
      valueLength === 0
        ? `${keyLength} ${plan.keyType} values`
        : `${kvHeads} KV heads × (${keyLength} ${plan.keyType} + ${valueLength} ${plan.valueType} values)`;
    const formula = `${room.formula} × ${each}${part}`;
    addTo(device, layer.keeps === "window" ? "KV cache within the window" : "KV cache", formula, bytes);
  }

  function addState(devices: readonly { device: MemoryDevice; share: number }[]): void {
    const { convolutionValues = 0, stateValues = 0 } = shape.state ?? {};
    for (const { device, share } of devices) {
      const formula = `${plan.sequences} sequences × (${convolutionValues} + ${stateValues}) values of ${engine.stateValueBytes} bytes`;
      const bytes = plan.sequences * (convolutionValues + stateValues) * engine.stateValueBytes * share;
      addTo(device, "recurrent state", formula, bytes);
    }
  }

  function addTo(device: MemoryDevice, name: string, formula: string, bytes: number): void {
    const key = `${device} ${formula}`;
    const sum = sums.get(key) ?? { device, name, formula, bytes: 0, layers: 0 };
    sums.set(key, { ...sum, bytes: sum.bytes + bytes, layers: sum.layers + 1 });
  }
}

interface Sum {
  readonly device: MemoryDevice;
  readonly name: string;
  readonly formula: string;
  readonly bytes: number;
  readonly layers: number;
}

function lineOf({ device, name, formula, bytes, layers }: Sum, plan: CompletePlan): EstimateLine {
  return {
    name,
    kind: "cache",
    device,
    bytes: Math.round(bytes),
    formula: `${layers} layers × ${formula}`,
    errorFraction: plan.unifiedCache ? 0.02 : 0.01,
  };
}

function bitsOf(engine: EngineMemory, type: string): number {
  const bits = engine.cacheBits[type];
  if (bits !== undefined) return bits;
  throw new InhouseError("invalid-request", `${engine.title} has no KV cache of type "${type}".`, {
    hint: `It has: ${Object.keys(engine.cacheBits).join(", ")}.`,
  });
}

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
