import { dirname } from "node:path";

import { isInhouseError } from "../../core/error.ts";
import type { CatalogueModel, StoredMethod } from "../catalogue/catalogue-model.ts";
import type { Weights } from "../engine-choice.ts";
import type { GgufMixture } from "../quantize/gguf-mixtures.ts";
import { predictQuantization } from "../quantize/predict-quantization.ts";
import type { ModelShape } from "../shape/model-shape.ts";
import { storedShape } from "../shape/stored-shape.ts";
import { catalogueShape } from "./catalogue-shape.ts";

/** A model that a plan can be made for, and all ways to have its weights, the recommended first. */
export interface ModelWeights {
  readonly name: string;
  readonly title: string;
  readonly licence?: string;
  readonly parameters?: { readonly total: number; readonly active: number };
  readonly contextLength?: number;
  /** As in the catalogue. */
  readonly toolParser?: string | false;
  readonly reasoningParser?: string;
  readonly warnings: readonly string[];
  readonly weights: readonly Weights[];
  /** The model in a mixture that is not looked at unless somebody names it; nothing where it cannot be had so. */
  mixture(name: GgufMixture): readonly Weights[];
}

/** Mixtures that are looked at, the best first. Below four bits only where nothing else fits. */
const mixtures = ["BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K"] as const;

const mixtureBits: Readonly<Record<string, number>> = {
  BF16: 16,
  Q8_0: 8,
  Q6_K: 6,
  Q5_K_M: 5,
  Q4_K_M: 4,
  Q3_K_M: 3,
  Q2_K: 2,
};
const methodBits: Readonly<Record<string, number>> = { none: 16, fp8: 8, int8: 8, mxfp8: 8 };

/** The ways to have a model of the catalogue. */
export function catalogueWeights(model: CatalogueModel): ModelWeights {
  const { checkpoints, gguf, evidence } = model;
  const base = catalogueShape(model);
  const wide = checkpoints.find(({ method }) => method === "none");
  const published = checkpoints.map(({ repository, method, note }): Weights => {
    const weights = checkpoint(base, method, "published", repository);
    return note === undefined ? weights : { ...weights, note };
  });
  const source = (wide ?? checkpoints[0])?.repository ?? model.name;
  return {
    name: model.name,
    title: model.title,
    ...(model.licence === undefined ? {} : { licence: model.licence }),
    ...(base.parameters ? { parameters: base.parameters } : {}),
    contextLength: model.contextLength,
    ...(model.toolParser === undefined ? {} : { toolParser: model.toolParser }),
    ...(model.reasoningParser === undefined ? {} : { reasoningParser: model.reasoningParser }),
    warnings: [
      ...(model.licenceWarning === undefined ? [] : [model.licenceWarning]),
      ...(model.licence === undefined ? ["Its licence was not read: read it before the model is used."] : []),
      ...(evidence === "inferred"
        ? ["The model's shape is inferred of what its card says: sizes may be some percent off."]
        : []),
      ...(model.notes ?? []),
    ],
    weights: [
      ...published,
      ...madeOf(
        base,
        wide?.repository,
        checkpoints.map(({ method }) => method),
      ),
      ...mixtures.map((mixture): Weights => {
        const isPublished = gguf?.mixtures.includes(mixture) ?? false;
        return mixtureOf(
          base,
          mixture,
          isPublished ? "published" : "made",
          isPublished && gguf ? gguf.repository : source,
        );
      }),
    ],
    mixture: (name) => predictable(base, name, source),
  };
}

/** The ways to have a model whose files were read; `place` is where. */
export function fileWeights(shape: ModelShape, place?: string): ModelWeights {
  const { name = "model", licence, parameters, trainedContextLength, quantization } = shape;
  const format = shape.format === "gguf" ? "gguf" : "safetensors";
  const [first = name, ...others] = shape.sources;
  const projector = others.at(-1);
  const source = place ?? (format === "gguf" ? first : dirname(first));
  const isWide = (quantization.bitsPerWeight ?? 0) > 15 && (quantization.bitsPerWeight ?? 0) < 33;
  const bits = mixtureBits[quantization.name] ?? quantization.bits ?? quantization.bitsPerWeight ?? 16;
  const makeable = mixtures.filter((mixture) => format === "safetensors" || mixture !== "BF16");
  const own: Weights = {
    format,
    quantization: quantization.name,
    bits: Math.round(bits),
    origin: "files",
    source,
    ...(format === "gguf" && shape.encoder && projector !== undefined ? { projector } : {}),
    shape,
  };
  return {
    name: servedName(name),
    title: name,
    ...(licence === undefined ? {} : { licence }),
    ...(parameters ? { parameters } : {}),
    ...(trainedContextLength === undefined ? {} : { contextLength: trainedContextLength }),
    warnings: licence === undefined ? ["The files state no licence: find it before the model is used."] : [],
    weights: [
      own,
      ...(isWide && format === "safetensors" ? madeOf(shape, source, ["none"]) : []),
      ...(isWide ? makeable.flatMap((mixture) => predictable(shape, mixture, source)) : []),
    ],
    mixture: (mixture) => (isWide ? predictable(shape, mixture, source) : []),
  };
}

const servedName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\.gguf$/, "")
    .replaceAll(/[^a-z0-9.]+/g, "-")
    .replaceAll(/^-+|-+$/g, "") || "model";

/** What can be made of 16 bits: FP8 by the server itself, four bits with tools. */
function madeOf(shape: ModelShape, source: string | undefined, there: readonly StoredMethod[]): readonly Weights[] {
  if (source === undefined) return [];
  return [
    ...(there.includes("fp8") ? [] : [checkpoint(shape, "fp8", "while-loading", source)]),
    ...(there.includes("w4a16") ? [] : [checkpoint(shape, "w4a16", "made", source)]),
  ];
}

function checkpoint(shape: ModelShape, method: StoredMethod, origin: Weights["origin"], source: string): Weights {
  const stored = storedShape(shape, method);
  return { format: "safetensors", quantization: method, bits: methodBits[method] ?? 4, origin, source, shape: stored };
}

function mixtureOf(shape: ModelShape, mixture: GgufMixture, origin: Weights["origin"], source: string): Weights {
  const { shape: predicted, bitsPerWeight } = predictQuantization(shape, mixture);
  const bits = mixtureBits[mixture] ?? Math.floor(bitsPerWeight);
  return { format: "gguf", quantization: mixture, bits, origin, source, shape: predicted };
}

/** What llama-quantize's rules are not known for is not offered. */
function predictable(shape: ModelShape, mixture: GgufMixture, source: string): readonly Weights[] {
  try {
    return [mixtureOf(shape, mixture, "made", source)];
  } catch (error) {
    if (isInhouseError(error) && error.code === "unsupported") return [];
    throw error;
  }
}
