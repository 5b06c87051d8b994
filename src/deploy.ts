import { homedir } from "node:os";
import { join } from "node:path";

import { checkOptions } from "./core/check-options.ts";
import type { Transport } from "./core/transport.ts";
import type { AdapterShape } from "./deploy/adapter.ts";
import type { EngineMemory } from "./deploy/engine-memory.ts";
import type { Engine } from "./deploy/engine.ts";
import { foundHost } from "./deploy/found-host.ts";
import { launchOptions, type LaunchOptions as OwnLaunchOptions } from "./deploy/launch-options.ts";
import { launch as launchWith } from "./deploy/launch.ts";
import type { LaunchedServer } from "./deploy/launched-server.ts";
import type { ModelShape } from "./deploy/model-shape.ts";
import type { Plan, PlanSpec } from "./deploy/plan-value.ts";
import { plan as planWith } from "./deploy/plan.ts";
import {
  readAdapter as readAdapterWith,
  readModel as readModelWith,
  type OllamaPlace,
  type ReadModelContext,
} from "./deploy/read-model.ts";
import { createTransport } from "./http/undici-transport.ts";
import { llamacppEngine } from "./providers/llamacpp/llamacpp-engine.ts";
import { llamacppMemory } from "./providers/llamacpp/llamacpp-memory.ts";
import { ollamaEngine as ollamaEngineWith } from "./providers/ollama/ollama-engine.ts";
import { ollamaMemory as ollamaMemoryWith } from "./providers/ollama/ollama-memory.ts";
import { vllmEngine } from "./providers/vllm/vllm-engine.ts";

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

/** Options of `launch`. */
export interface LaunchOptions extends OwnLaunchOptions {
  /** Whose plans are launched. Default: vLLM, llama-server, Ollama. */
  readonly engines?: readonly Engine[];
  /** Asks whether the server is ready, and speaks with it. Default: one of its own. */
  readonly transport?: Transport;
  /** What the server gets, its own options apart, and where `PATH` is looked up. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts the server of a plan, on this machine only unless the plan says otherwise, and resolves when it is ready to answer.
 * It runs in a process group of its own, which ends with this process, however that ends. Where the launch fails, no process is
 * left. Nothing of the plan's `prepare` is run. Rejects with `not-found` where the program or the model is not there,
 * `invalid-request` for a wrong option or a port that is taken, `unsupported` for what cannot be launched here or so, `server`
 * with the line of the log that decided where it ends before it is ready, `timeout`, and when aborted.
 */
export async function launch(planned: Plan, options: LaunchOptions = {}): Promise<LaunchedServer> {
  checkOptions("launch", options, { ...launchOptions, engines: true, transport: true, env: true });
  const { engines = [vllmEngine, llamacppEngine, ollamaEngine], env = process.env, transport: lent } = options;
  const cache = env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const transport = lent ?? createTransport();
  try {
    const modelStore = options.modelStore ?? join(cache, "inhouse", "ollama");
    const server = await launchWith(planned, { ...options, engines, env, transport, modelStore });
    if (!lent) void server.exited.then(() => transport.close());
    return server;
  } catch (error) {
    if (!lent) await transport.close();
    throw error;
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
export type { Restarts } from "./deploy/restarted-server.ts";
export type * from "./deploy/pinned-file.ts";
export type * from "./deploy/served-facts.ts";
export type * from "./deploy/work-progress.ts";
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
export { vllmMemory } from "./providers/vllm/vllm-memory.ts";

/** How Ollama 0.34 uses memory: as the llama-server that it starts for each model, and its own process beside it. */
export const ollamaMemory: EngineMemory = ollamaMemoryWith(llamacppMemory);

/** Plans for Ollama 0.34, which starts a llama-server for each model. */
export const ollamaEngine: Engine = ollamaEngineWith(llamacppEngine, ollamaMemory);
export { foundHost as host, llamacppEngine, llamacppMemory, vllmEngine };
