import { homedir } from "node:os";
import { join } from "node:path";

import { checkOptions } from "./core/check-options.ts";
import { InhouseError } from "./core/error.ts";
import type { Transport } from "./core/transport.ts";
import type { AdapterShape } from "./deploy/adapter.ts";
import { compareModels as compareWith, type ComparisonOptions } from "./deploy/compare-models.ts";
import type { ModelComparison } from "./deploy/compare-scores.ts";
import type { EngineMemory } from "./deploy/engine-memory.ts";
import type { Engine } from "./deploy/engine.ts";
import { fileDigest } from "./deploy/file-digest.ts";
import { foundHost } from "./deploy/found-host.ts";
import { makeImatrix as makeImatrixWith, type ImatrixOptions } from "./deploy/make-imatrix.ts";
import type { ModelShape } from "./deploy/model-shape.ts";
import type { PinnedFile } from "./deploy/pinned-file.ts";
import type { Plan, PlanSpec } from "./deploy/plan-value.ts";
import { plan as planWith } from "./deploy/plan.ts";
import { quantize as quantizeWith, type QuantizeOptions } from "./deploy/quantize.ts";
import type { QuantizedModel } from "./deploy/quantized-model.ts";
import {
  readAdapter as readAdapterWith,
  readModel as readModelWith,
  type OllamaPlace,
  type ReadModelContext,
} from "./deploy/read-model.ts";
import type { OnProgress } from "./deploy/work-progress.ts";
import type { EndpointOptions } from "./http/endpoint.ts";
import { createTransport } from "./http/undici-transport.ts";
import { llamacppEngine } from "./providers/llamacpp/llamacpp-engine.ts";
import { llamacppMemory } from "./providers/llamacpp/llamacpp-memory.ts";
import { llamacppTextScores } from "./providers/llamacpp/llamacpp-text-scores.ts";
import { ollama } from "./providers/ollama/index.ts";
import { ollamaEngine as ollamaEngineWith } from "./providers/ollama/ollama-engine.ts";
import { parseOllamaHost } from "./providers/ollama/ollama-host.ts";
import { importIntoOllama, type ImportedModel, type OllamaImportDefinition } from "./providers/ollama/ollama-import.ts";
import { ollamaMemory as ollamaMemoryWith } from "./providers/ollama/ollama-memory.ts";
import { vllmEngine } from "./providers/vllm/vllm-engine.ts";
import { vllmTextScores } from "./providers/vllm/vllm-text-scores.ts";

/** Options of `readModel` and `readAdapter`. */
export interface ReadModelOptions extends Omit<ReadModelContext, "ollamaStore"> {
  /** Where `OLLAMA_MODELS` is looked up. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const optionNames: Record<keyof ReadModelOptions, true> = {
  transport: true,
  headers: true,
  projector: true,
  signal: true,
  env: true,
};

/**
 * Reads what a model is: of a GGUF file or a folder of safetensors, by path or address, or of a model in Ollama's store.
 * Only what describes the tensors is read, never their data. Rejects with `not-found`, `forbidden`, `invalid-request` for
 * what is damaged or no model, `unsupported` for what cannot be read, `limit`, and with the transport's errors.
 */
export async function readModel(place: string | OllamaPlace, options: ReadModelOptions = {}): Promise<ModelShape> {
  checkOptions("readModel", options, optionNames);
  const { env = process.env, ...context } = options;
  const ollamaStore = env["OLLAMA_MODELS"] || join(homedir(), ".ollama", "models");
  return await withTransport(context.transport, (transport) =>
    readModelWith(place, { ...context, transport, ollamaStore }),
  );
}

/** Reads what a LoRA adapter is: of a GGUF file, or a folder of Hugging Face's kind. Rejects as `readModel` does. */
export async function readAdapter(place: string, options: ReadModelOptions = {}): Promise<AdapterShape> {
  checkOptions("readAdapter", options, optionNames);
  const { env: _env, ...context } = options;
  return await withTransport(context.transport, (transport) => readAdapterWith(place, { ...context, transport }));
}

/** Options of `plan`: those of reading a model's files, and further engines. */
export interface PlanOptions extends ReadModelOptions {
  /** What a plan is made for. Default: vLLM, llama-server, Ollama. The first that suits a host is taken. */
  readonly engines?: readonly Engine[];
}

/**
 * Chooses how to serve a model on a host: engine, weights, GPUs, context, and the exact command line, with the memory by its
 * terms and the speed that may be expected. Rejects with `unsupported` where it does not fit or the GPUs cannot do it: the hint
 * names the nearest plans that do, with their numbers. Rejects with `invalid-request` for an unknown option, host or
 * engine, with `not-found` for a name that the catalogue lacks, and as `readModel` does.
 */
export async function plan(spec: PlanSpec, options: PlanOptions = {}): Promise<Plan> {
  checkOptions("plan", options, { ...optionNames, engines: true });
  const { engines = [vllmEngine, llamacppEngine, ollamaEngine], ...reading } = options;
  const { signal } = options;
  return await planWith(spec, {
    engines,
    readModel: (place) => readModel(place, reading),
    host: () => foundHost(signal ? { signal } : {}),
  });
}

/** Where variables are looked up, `PATH` of programs above all. */
export interface EnvironmentOptions {
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes a GGUF file smaller with `llama-quantize`, reads back what came, and only then gives it its name: after an error or
 * an abort there is nothing but what was there before. Rejects with `not-found` without the program or the source,
 * `invalid-request` for a type that is not known or needs an importance matrix, a source that is quantized already and a
 * target that is there, `unsupported` for a folder of safetensors, `limit` where the disk has too little room, and `server`
 * where the program fails or makes something else.
 */
export async function quantize(
  source: string,
  type: string,
  { env = process.env, ...options }: QuantizeOptions & EnvironmentOptions = {},
): Promise<QuantizedModel> {
  return await quantizeWith(source, type, options, env);
}

/**
 * Makes an importance matrix of a model with `llama-imatrix`: what `quantize` takes to know which weights matter. The model reads
 * the text once, which takes as long as reading does. Rejects with `not-found` without the program, the model or the text,
 * `invalid-request` for a text of too few tokens and a target that is there, and `server` where the program fails.
 */
export async function makeImatrix(
  model: string,
  { env = process.env, ...options }: ImatrixOptions & EnvironmentOptions,
): Promise<PinnedFile> {
  return await makeImatrixWith(model, options, env);
}

/** A server whose model is compared. */
export interface ComparedServer extends EndpointOptions {
  readonly baseURL: string;
  /** The model's name. Default: the one that the server has. */
  readonly model?: string;
}

/**
 * Has the models of two servers score the same text, one after the other, and compares them: llama-server (b11434) one token a
 * request, vLLM (0.32.0) in one. It tells how far the one has moved from the other, and not how good either is: a text of a few
 * hundred tokens tells models of two and of four bits apart, and hardly one of eight from one of sixteen. Rejects with
 * `unsupported` for another server, `invalid-request` where the tokenizers differ, and with what the servers answer.
 */
export async function compareModels(
  source: string | ComparedServer,
  result: string | ComparedServer,
  options: ComparisonOptions = {},
): Promise<ModelComparison> {
  checkOptions("compareModels", options, { text: true, signal: true, onProgress: true });
  const { signal } = options;
  return await compareWith(await scorerOf(source, signal), await scorerOf(result, signal), options);
}

const scorers: Readonly<Record<string, typeof llamacppTextScores>> = {
  llamacpp: llamacppTextScores,
  vllm: vllmTextScores,
};

async function scorerOf(place: string | ComparedServer, signal?: AbortSignal) {
  const { baseURL, model, ...endpoint } = typeof place === "string" ? { baseURL: place } : place;
  const { connect } = await import("./connect.ts");
  const client = await connect(baseURL, { ...endpoint, ...(signal ? { signal } : {}) });
  const { server } = client;
  await client.close();
  const scorer = scorers[server.provider];
  if (scorer) return scorer({ ...endpoint, baseURL: server.baseURL }, model);
  throw new InhouseError(
    "unsupported",
    `${server.title} at ${server.baseURL} tells no probabilities of a given text.`,
    {
      hint: "Serve both files with llama-server, or both checkpoints with vLLM.",
    },
  );
}

/** Options of `importToOllama`: the server, and what the model has beside its file. */
export interface ImportOptions extends EndpointOptions, OllamaImportDefinition, EnvironmentOptions {
  /** Default: what `OLLAMA_HOST` says, else `http://127.0.0.1:11434`. */
  readonly baseURL?: string;
  readonly onProgress?: OnProgress;
}

/**
 * Brings a GGUF file into the store of an Ollama, unless it is there, makes a model of it by that name, and compares what Ollama
 * shows with the file. Rejects with `unsupported` for a model in several files, `protocol` where Ollama has made something else of
 * it, as `readModel` does, and with what the server answers.
 */
export async function importToOllama(path: string, name: string, options: ImportOptions = {}): Promise<ImportedModel> {
  const { env = process.env, apiKey, headers, transport, ...rest } = options;
  const { baseURL = parseOllamaHost(env["OLLAMA_HOST"] ?? ""), ...definition } = rest;
  const { signal, onProgress } = definition;
  const shape = await readModelWith(path, signal ? { signal } : {});
  const file = await fileDigest(path, { signal, onProgress });
  const given = Object.entries({ baseURL, apiKey, headers, transport }).filter(([, value]) => value !== undefined);
  const provider = ollama(Object.fromEntries(given));
  try {
    return await importIntoOllama(provider, { file, shape }, name, definition);
  } finally {
    await provider.close();
  }
}

/** Lends the caller's transport, or one of its own, which is closed again. */
async function withTransport<Result>(
  lent: Transport | undefined,
  work: (transport: Transport) => Promise<Result>,
): Promise<Result> {
  const transport = lent ?? createTransport();
  try {
    return await work(transport);
  } finally {
    if (!lent) await transport.close();
  }
}

export type { AdapterShape } from "./deploy/adapter.ts";
export { accelerators, type Accelerator } from "./deploy/catalogue/accelerators.ts";
export type {
  CatalogueModel,
  PublishedCheckpoint,
  ShapeNumbers,
  StoredMethod,
} from "./deploy/catalogue/catalogue-model.ts";
export { modelCatalogue } from "./deploy/catalogue/model-catalogue.ts";
export { describedHost } from "./deploy/described-host.ts";
export type { FoundHostOptions } from "./deploy/found-host.ts";
export type * from "./deploy/host.ts";
export { memorySource, type ByteSource } from "./deploy/byte-source.ts";
export type * from "./deploy/engine-memory.ts";
export type * from "./deploy/engine-choice.ts";
export type * from "./deploy/engine-container.ts";
export type * from "./deploy/engine-server.ts";
export type * from "./deploy/engine.ts";
export type * from "./deploy/launched-server.ts";
export type * from "./deploy/pinned-file.ts";
export type * from "./deploy/served-facts.ts";
export type * from "./deploy/work-progress.ts";
export type { ComparisonOptions } from "./deploy/compare-models.ts";
export type { ModelComparison, TextLikelihood } from "./deploy/compare-scores.ts";
export { comparisonText } from "./deploy/comparison-text.ts";
export type { ImatrixOptions } from "./deploy/make-imatrix.ts";
export type { QuantizedModel } from "./deploy/quantized-model.ts";
export type { QuantizeOptions } from "./deploy/quantize.ts";
export { bytesOfKind, estimateMemory } from "./deploy/estimate-memory.ts";
export { fileSource } from "./deploy/file-source.ts";
export type { GgufList, GgufValue } from "./deploy/gguf-metadata.ts";
export { ggufMixtures, type GgufMixture } from "./deploy/gguf-mixtures.ts";
export { readGguf, type GgufFile } from "./deploy/gguf.ts";
export { formatPlan, shellCommand } from "./deploy/format-plan.ts";
export { httpSource, type HttpSourceOptions } from "./deploy/http-source.ts";
export type * from "./deploy/memory-estimate.ts";
export type * from "./deploy/model-shape.ts";
export type * from "./deploy/plan-value.ts";
export {
  predictQuantization,
  type PredictQuantizationOptions,
  type QuantizationPrediction,
} from "./deploy/predict-quantization.ts";
export type { Quantization } from "./deploy/quantization.ts";
export type { OllamaPlace, ReadModelContext } from "./deploy/read-model.ts";
export { reportedShape } from "./deploy/reported-shape.ts";
export { readSafetensors, type SafetensorsFile } from "./deploy/safetensors.ts";
export type { TensorGroup, TensorRole } from "./deploy/tensor-groups.ts";
export type { TensorInfo } from "./deploy/tensor-info.ts";
export { estimateSpeed, type SpeedDevice, type SpeedEstimate, type SpeedPlan } from "./deploy/estimate-speed.ts";
export { storedShape } from "./deploy/stored-shape.ts";
export type { EndpointOptions } from "./http/endpoint.ts";
export type { ImportedModel, OllamaImportDefinition } from "./providers/ollama/ollama-import.ts";
export {
  compressorScript,
  type CompressorOptions,
  type CompressorScript,
  type CompressorType,
} from "./providers/vllm/vllm-compressor-script.ts";
export { vllmMemory } from "./providers/vllm/vllm-memory.ts";

/** How Ollama 0.34 uses memory: as the llama-server that it starts for each model, and its own process beside it. */
export const ollamaMemory: EngineMemory = ollamaMemoryWith(llamacppMemory);

/** Plans for Ollama 0.34, which starts a llama-server for each model. */
export const ollamaEngine: Engine = ollamaEngineWith(llamacppEngine, ollamaMemory);
export { foundHost as host, llamacppEngine, llamacppMemory, vllmEngine };
