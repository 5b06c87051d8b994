import { checkOptions } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import type { ModelShape } from "../shape/model-shape.ts";
import { cacheLines } from "./cache-lines.ts";
import type { CompletePlan, EngineMemory, MemoryPlan } from "./engine-memory.ts";
import type { DeviceEstimate, EstimateLine, MemoryEstimate } from "./memory-estimate.ts";
import { weightLines } from "./weight-lines.ts";

/**
 * The memory that a server needs for a model: weights, what it keeps for tokens, and what it works with, each term with
 * its formula and its error. Throws `unsupported` where the shape tells no layers (a running server's does not),
 * `invalid-request` for a plan that the server cannot do.
 */
export function estimateMemory(shape: ModelShape, engine: EngineMemory, plan: MemoryPlan): MemoryEstimate {
  if (!shape.layers || shape.embeddingLength === undefined) {
    throw new InhouseError("unsupported", `Of ${shape.name ?? "the model"} no layers are known.`, {
      hint: "Read its files with readModel(): a running server does not tell them.",
    });
  }
  checkPlan(plan);
  const complete = engine.complete(plan, shape);
  const placement = engine.placement(complete, shape.layers.length, shape);
  const cache = cacheLines(shape, shape.layers, engine, complete, placement);
  const lines: readonly EstimateLine[] = [
    ...weightLines(
      shape,
      shape.layers.length,
      placement,
      (tensor) => engine.loadedBytes?.(tensor, complete) ?? tensor.bytes,
    ),
    ...cache.lines,
    ...engine.working(complete, shape).map((term) => ({ ...term, kind: "working" as const })),
  ];
  return {
    engine: engine.title,
    lines,
    devices: sumsOf(lines),
    cacheBytesPerToken: cache.bytesPerToken,
    notes: [...engine.notes, ...uncounted(shape, engine, complete)],
  };
}

/** Says what of sparse attention the lines leave out, since an estimate must not be too small in silence. */
function uncounted({ indexer, layers = [] }: ModelShape, engine: EngineMemory, plan: CompletePlan): readonly string[] {
  if (!indexer) return [];
  const indexed = layers.filter((layer) => layer.indexed);
  if (indexed.length > 0 && indexed.every((layer) => engine.indexed?.(indexer, layer, plan))) return [];
  return [
    `The model attends to what an indexer chooses; what ${engine.title} keeps for that is not known and not counted: it needs more.`,
  ];
}

/** The lines of an estimate by kind, over all devices. */
export function bytesOfKind({ lines }: MemoryEstimate, kind: EstimateLine["kind"]): number {
  return lines.reduce((sum, line) => sum + (line.kind === kind ? line.bytes : 0), 0);
}

function sumsOf(lines: readonly EstimateLine[]): readonly DeviceEstimate[] {
  return [...new Set(lines.map(({ device }) => device))].toSorted().map((device) => {
    const own = lines.filter((line) => line.device === device);
    const sum = (part: (line: EstimateLine) => number): number =>
      Math.round(own.reduce((total, line) => total + part(line), 0));
    return {
      device,
      bytes: sum(({ bytes }) => bytes),
      lowBytes: sum(({ bytes, errorFraction }) => bytes * (1 - errorFraction)),
      highBytes: sum(({ bytes, errorFraction }) => bytes * (1 + errorFraction)),
    };
  });
}

const counts = [
  "contextLength",
  "sequences",
  "batchTokens",
  "gpus",
  "gpuLayers",
  "expertLayersInMemory",
  "tensorParallel",
  "pipelineParallel",
] as const;
const mayBeZero = new Set<string>(["gpus", "gpuLayers", "expertLayersInMemory"]);

const known: Record<keyof MemoryPlan, true> = {
  contextLength: true,
  sequences: true,
  keyType: true,
  valueType: true,
  batchTokens: true,
  flashAttention: true,
  everyOutput: true,
  gpus: true,
  gpuLayers: true,
  expertLayersInMemory: true,
  tensorParallel: true,
  pipelineParallel: true,
  expertParallel: true,
  unifiedCache: true,
  fullWindows: true,
};

function checkPlan(plan: MemoryPlan): void {
  checkOptions("estimateMemory: plan", plan, known);
  for (const name of counts) {
    const value = plan[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= (mayBeZero.has(name) ? 0 : 1))) continue;
    throw new InhouseError(
      "invalid-request",
      `estimateMemory: ${name} is not a whole number from ${mayBeZero.has(name) ? 0 : 1} on.`,
    );
  }
}
