import { homedir } from "node:os";
import { join } from "node:path";

import { callEnd } from "./core/call-end.ts";
import { checkOptions } from "./core/check-options.ts";
import type { Transport } from "./core/transport.ts";
import type { AdapterShape } from "./deploy/adapter.ts";
import type { IdentifiedServer } from "./deploy/check-identity.ts";
import type { EngineMemory } from "./deploy/engine-memory.ts";
import type { Engine } from "./deploy/engine.ts";
import { fetchModel as fetchModelWith, type FetchedModel, type FetchModelOptions } from "./deploy/fetch-model.ts";
import { foundHost } from "./deploy/found-host.ts";
import { launchOptions, launch as launchWith, type LaunchOptions as OwnLaunchOptions } from "./deploy/launch.ts";
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
import type { Verification } from "./deploy/verification.ts";
import { verify as verifyWith, verifyOptionNames, type VerifyOptions as VerifyingOptions } from "./deploy/verify.ts";
import type { ServerIdentity } from "./http/server-identity.ts";
import type { ModelSource } from "./deploy/sources/model-source.ts";
import { createTransport } from "./http/undici-transport.ts";
import { llamacppEngine } from "./providers/llamacpp/llamacpp-engine.ts";
import { llamacppMemory } from "./providers/llamacpp/llamacpp-memory.ts";
import { runnerFacts } from "./providers/llamacpp/llamacpp-runner-facts.ts";
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

/** Options of `verify`. */
export interface VerifyOptions extends VerifyingOptions {
  /** Default: one of its own. */
  readonly transport?: Transport;
  /** What the plan's engine is looked up in. Default: vLLM, llama-server, Ollama. */
  readonly engines?: readonly Engine[];
  /** Where the server's key is looked up. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Proves that what runs at a URL is what was planned: engine, model name, files, quantization, context, sequences, cache, layers,
 * chat template, where it listens and with whom it speaks, and what it makes of prompts, each with where that was seen. What
 * nothing tells is `unknown`; whatever its processes tell is so on another machine. Rejects with `invalid-request` for a
 * plan that is damaged, and with the transport's errors where nobody answers.
 */
export async function verify(planned: Plan, url: string, options: VerifyOptions = {}): Promise<Verification> {
  checkOptions("verify", options, { ...verifyOptionNames, transport: true, engines: true, env: true });
  const { transport: lent, engines = [vllmEngine, llamacppEngine, ollamaEngine], env = process.env, ...own } = options;
  return await withTransport(lent, async (transport) => {
    const { identities, findServer } = await identification();
    const key = own.apiKey ?? keyFor(url, identities, env);
    const known = key === undefined ? {} : { apiKey: key };
    const identify = async (baseURL: string): Promise<IdentifiedServer> => {
      const asking = { transport, headers: {}, timeoutMs: 10_000, signal: own.signal ?? callEnd() };
      const found = await findServer({ baseURL, namedBy: "the URL given", ...known }, identities, asking);
      if (!("identity" in found)) throw found.failure;
      const { identity, identification: told, rootURL } = found;
      const provider = identity.provider({ baseURL: rootURL, transport, ...known });
      return { engine: identity.name, title: identity.title, ...told, provider };
    };
    return await verifyWith(planned, url, { ...own, ...known, transport, engines, identify });
  });
}

/** What finds out who answers at an address, loaded when somebody asks. */
async function identification() {
  const [{ findServer }, ...known] = await Promise.all([
    import("./http/find-server.ts"),
    import("./providers/vllm/vllm-identify.ts"),
    import("./providers/llamacpp/llamacpp-identify.ts"),
    import("./providers/ollama/ollama-identify.ts"),
    import("./providers/openai-compatible/openai-identify.ts"),
  ]);
  return { findServer, identities: known.flatMap((module): readonly ServerIdentity[] => Object.values(module)) };
}

/** The key that the environment has for a server at that address. */
function keyFor(url: string, identities: readonly ServerIdentity[], env: NonNullable<VerifyOptions["env"]>) {
  const named = identities.flatMap((identity) => identity.fromEnvironment(env));
  const isThere = (baseURL: string): boolean =>
    URL.canParse(baseURL) && URL.canParse(url) && new URL(baseURL).origin === new URL(url).origin;
  return named.find(({ baseURL, apiKey }) => apiKey !== undefined && isThere(baseURL))?.apiKey;
}

/**
 * Brings a model's files into a folder: from a folder, a mirror of Hugging Face, an OCI registry or an Ollama registry. Each
 * byte is summed up while it is written, a file has its name only when its digest is the one that the source promised, and
 * `inhouse-model.json` beside the files keeps the digests, for `offline` and for checks later. Files that are there and right
 * are not fetched again; what was cut goes on where it stopped, from `FILE.part`. Rejects with `limit` where the disk has no
 * room, `protocol` where the source sends other bytes than it promised, `redirect`, `policy` for names that leave the folder
 * and for pickles, `not-found`, `invalid-request`, `unsupported`, and with the transport's errors.
 */
export async function fetchModel(source: ModelSource, options: FetchModelOptions = {}): Promise<FetchedModel> {
  return await withTransport(options.transport, (transport) => fetchModelWith(source, { ...options, transport }));
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
export type { FetchedModel, FetchModelOptions } from "./deploy/fetch-model.ts";
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
export { checkFiles, pinFiles, type FileProblem, type PinOptions } from "./deploy/pin-files.ts";
export type * from "./deploy/pinned-file.ts";
export type * from "./deploy/served-facts.ts";
export type { ServerProcess } from "./deploy/server-processes.ts";
export type * from "./deploy/verification.ts";
export type * from "./deploy/work-progress.ts";
export { bytesOfKind, estimateMemory } from "./deploy/estimate-memory.ts";
export { fileSource } from "./deploy/file-source.ts";
export type { GgufList, GgufValue } from "./deploy/gguf-metadata.ts";
export { ggufMixtures, type GgufMixture } from "./deploy/gguf-mixtures.ts";
export { readGguf, type GgufFile } from "./deploy/gguf.ts";
export { formatPlan, shellCommand } from "./deploy/format-plan.ts";
export { formatVerification } from "./deploy/format-verification.ts";
export { httpSource, type HttpSourceOptions } from "./deploy/http-source.ts";
export type * from "./deploy/memory-estimate.ts";
export type * from "./deploy/model-shape.ts";
export { checkedPlan, readPlan } from "./deploy/plan-file.ts";
export { plannedURL } from "./deploy/planned-launch.ts";
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
export { readModelLock, type LockedModel, type ModelLock } from "./deploy/sources/model-lock.ts";
export type {
  FolderSource,
  HuggingFaceSource,
  ModelSource,
  OciSource,
  OllamaSource,
} from "./deploy/sources/model-source.ts";
export type { RegistryCredentials } from "./deploy/sources/registry.ts";
export { estimateSpeed, type SpeedDevice, type SpeedEstimate, type SpeedPlan } from "./deploy/estimate-speed.ts";
export { storedShape } from "./deploy/stored-shape.ts";
export { vllmMemory } from "./providers/vllm/vllm-memory.ts";

/** How Ollama 0.34 uses memory: as the llama-server that it starts for each model, and its own process beside it. */
export const ollamaMemory: EngineMemory = ollamaMemoryWith(llamacppMemory);

/** Plans for Ollama 0.34, which starts a llama-server for each model. */
export const ollamaEngine: Engine = ollamaEngineWith(llamacppEngine, ollamaMemory, runnerFacts);
export { foundHost as host, llamacppEngine, llamacppMemory, vllmEngine };
