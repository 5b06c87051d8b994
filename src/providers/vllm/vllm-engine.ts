import type { Economy, EngineChoice, Layout, Launch } from "../../deploy/engine-choice.ts";
import type { Engine } from "../../deploy/engine.ts";
import type { Host, HostGpu } from "../../deploy/host/host.ts";
import type { ModelShape } from "../../deploy/shape/model-shape.ts";
import { vllmContainer } from "./vllm-container.ts";
import { vllmMemory } from "./vllm-memory.ts";
import { capabilityOf, loadingMethodOf, vllmMethodWarnings, vllmRefusal } from "./vllm-methods.ts";
import { plannedVllm } from "./vllm-planned.ts";
import { vllmServer } from "./vllm-server.ts";

/** `--gpu-memory-utilization` of vLLM 0.26 and newer. */
const usual = 0.92;
const gibibyte = 1_073_741_824;

const eager: Economy = {
  arguments: ["--enforce-eager"],
  without: ["CUDA graphs"],
  warning: "--enforce-eager saves the memory of CUDA graphs: each token takes longer.",
};
const textOnly: Economy = {
  textOnly: true,
  arguments: ["--enforce-eager", "--language-model-only"],
  without: ["CUDA graphs"],
  warning:
    "There is room for text only: --language-model-only leaves out what reads pictures, --enforce-eager the graphs.",
};

/**
 * Plans for vLLM 0.32 (`vllm serve`): every layer shared by the fewest GPUs that hold the model, further copies of it on the
 * others, several machines in groups of layers.
 */
export const vllmEngine: Engine = {
  name: "vllm",
  provider: "vllm",
  memory: vllmMemory,
  formats: ["safetensors"],
  port: 8_000,
  pooledCache: true,
  economies: [{ arguments: [] }, eager, textOnly],
  suits: ({ gpus }) => gpus.length > 0 && gpus.every(({ accelerator }) => accelerator?.vendor !== "apple"),
  refusal: vllmRefusal,
  layouts,
  room: (gpu, memoryBytes) => utilizationOf(gpu, memoryBytes) * memoryBytes,
  batchTokens: ({ gpus: [gpu] }) => batchTokensOf(gpu),
  copies: ({ experts }) => experts === undefined,
  launch,
  planned: plannedVllm,
  server: vllmServer,
  observe: async (question) => (await import("./vllm-observe.ts")).observeVllm(question),
  container: vllmContainer,
};

/** What is free counts where it is known: vLLM does not start where its share is not free. */
function utilizationOf({ freeMemoryBytes }: HostGpu, memoryBytes: number): number {
  const free = (freeMemoryBytes ?? memoryBytes) / memoryBytes;
  return Math.floor(Math.min(usual, free) * 100) / 100;
}

/** `--max-num-batched-tokens` as vLLM 0.32 sets it (`get_batch_defaults`): by the GPU's memory, the A100 apart. */
function batchTokensOf(gpu: HostGpu | undefined): number {
  const memory = (gpu?.memoryBytes ?? 0) / gibibyte;
  if (memory >= 160) return 16_384;
  return memory >= 70 && !/a100/i.test(gpu?.name ?? "") ? 8_192 : 2_048;
}

function layouts({ layers = [] }: ModelShape, { gpus }: Host, machines: number): readonly Layout[] {
  if (gpus.length === 0) return [{ place: "memory", gpus: 0 }];
  const heads = layers[0]?.heads ?? 1;
  const widths = [1, 2, 4, 8, 16, gpus.length].filter((width) => width <= gpus.length && heads % width === 0);
  const distinct = [...new Set(widths)].toSorted((a, b) => a - b);
  const shared = machines > 1 ? distinct.slice(-1) : distinct;
  const wide = shared.map((width): Layout => ({
    place: "gpus",
    gpus: width * machines,
    tensorParallel: width,
    pipelineParallel: machines,
  }));
  // A number of GPUs that does not divide the heads shares the layers instead.
  const isDivided = distinct.includes(gpus.length);
  const deep: Layout = {
    place: "gpus",
    gpus: gpus.length * machines,
    tensorParallel: 1,
    pipelineParallel: gpus.length * machines,
  };
  return isDivided ? wide : [...wide, deep];
}

function launch(choice: EngineChoice): Launch {
  const { weights, host, layout, machines, economy } = choice;
  const { whole, prepare, source } = sourceOf(choice);
  const [gpu] = host.gpus;
  const isOld = gpu !== undefined && (capabilityOf(gpu) ?? 80) < 80;
  const loading = weights.origin === "while-loading" ? loadingMethodOf(weights.quantization) : undefined;
  const used = (layout.gpus ?? 0) * choice.replicas;
  // One share for all of them: the GPU with the least free decides.
  const utilizations = host.gpus
    .slice(0, used)
    .flatMap((one) => (one.memoryBytes === undefined ? [] : [utilizationOf(one, one.memoryBytes)]));
  const several = (name: string, count: number): readonly string[] => (count > 1 ? [name, String(count)] : []);
  return {
    prepare: machines > 1 ? [...prepare.map((line) => `${line}   # on each machine`), ...rayStart] : prepare,
    command: [
      "vllm",
      "serve",
      source,
      "--served-model-name",
      choice.servedName,
      "--host",
      choice.address,
      "--port",
      String(choice.port),
      "--max-model-len",
      String(choice.contextLength),
      "--max-num-seqs",
      String(choice.concurrent),
      ...(choice.batchTokens === undefined ? [] : ["--max-num-batched-tokens", String(choice.batchTokens)]),
      ...(utilizations.length > 0 ? ["--gpu-memory-utilization", String(Math.min(...utilizations))] : []),
      ...several("--tensor-parallel-size", layout.tensorParallel ?? 1),
      ...several("--pipeline-parallel-size", layout.pipelineParallel ?? 1),
      ...several("--data-parallel-size", choice.replicas),
      ...(machines > 1 ? ["--distributed-executor-backend", "ray"] : []),
      ...(loading === undefined ? [] : ["--quantization", loading]),
      ...(choice.kvType === undefined ? [] : ["--kv-cache-dtype", choice.kvType]),
      ...(isOld ? ["--dtype", "half"] : []),
      ...economy.arguments,
      ...(choice.toolParser ? ["--enable-auto-tool-choice", "--tool-call-parser", choice.toolParser] : []),
      ...(choice.reasoningParser === undefined ? [] : ["--reasoning-parser", choice.reasoningParser]),
    ],
    environment: {
      ...(whole ? { HF_HUB_OFFLINE: "1" } : {}),
      VLLM_NO_USAGE_STATS: "1",
      DO_NOT_TRACK: "1",
      ...(machines === 1 && used > 0 && used < host.gpus.length ? { CUDA_VISIBLE_DEVICES: firstOf(used) } : {}),
      // The cache on a processor has a size of its own.
      ...(host.gpus.length === 0 ? { VLLM_CPU_KVCACHE_SPACE: String(cacheGiB(choice)) } : {}),
    },
    warnings: warningsOf(choice, used),
  };
}

const firstOf = (count: number): string => Array.from({ length: count }, (_, gpu) => gpu).join(",");

function cacheGiB({ weights: { shape }, contextLength, parallel }: EngineChoice): number {
  const perToken = (shape.layers ?? []).reduce(
    (sum, { kvHeads, keyLength, valueLength }) => sum + kvHeads * (keyLength + valueLength) * 2,
    0,
  );
  return Math.ceil((perToken * contextLength * parallel) / gibibyte);
}

/** What vLLM is to load, and what gets it there. */
function sourceOf({ weights, servedName }: EngineChoice): {
  readonly source: string;
  readonly prepare: readonly string[];
  readonly whole: boolean;
} {
  const { origin, source, quantization } = weights;
  const isPlace = /^(https?:|[./~]|[A-Za-z]:\\)/.test(source);
  const download = isPlace ? [] : [`hf download ${source}`];
  if (origin !== "made") return { source, prepare: download, whole: !source.startsWith("http") };
  const made = `./${servedName}-${quantization}`;
  const how = `# with llm-compressor: ${source} to ${quantization.toUpperCase()}, lm_head and routers left as they are, into ${made}`;
  return { source: made, prepare: [...download, how], whole: true };
}

const rayStart = [
  "ray start --head --port 6379   # on the first machine",
  "ray start --address FIRST-MACHINE:6379   # on each of the others",
] as const;

function warningsOf(
  { weights, host, layout, machines, kvType, toolParser, economy }: EngineChoice,
  used: number,
): readonly string[] {
  const [gpu] = host.gpus;
  const left = host.gpus.length - used;
  return [
    ...vllmMethodWarnings(weights, host),
    ...(economy.warning === undefined ? [] : [economy.warning]),
    ...(host.gpus.length === 0 ? ["vLLM on a processor is for trying: llama-server is made for it."] : []),
    ...(weights.origin === "while-loading"
      ? ["The checkpoint of 16 bits is read and quantized at every start, without calibration."]
      : []),
    ...(kvType?.startsWith("fp8")
      ? ["A KV cache in FP8 without calibrated scales can make answers worse: measure it."]
      : []),
    ...(toolParser === undefined
      ? [
          "Which parser reads this model's tool calls is not known: add --enable-auto-tool-choice --tool-call-parser NAME.",
        ]
      : []),
    ...(machines > 1
      ? [
          "The machines talk in plain text, unauthenticated: give them a network of their own. On Kubernetes a LeaderWorkerSet starts the same command without Ray, with --nnodes $(LWS_GROUP_SIZE) --node-rank $(LWS_WORKER_INDEX) --master-addr $(LWS_LEADER_ADDRESS) in the place of --distributed-executor-backend ray.",
        ]
      : []),
    ...(host.gpus.length > 8
      ? [
          `${host.gpus.length} GPUs are planned for as those of one machine: for several machines describe one, and set machines.`,
        ]
      : []),
    ...(gpu && machines === 1 && left > 0
      ? [
          `${left} of ${host.gpus.length} GPUs are left over: start another server on them, or set gpus to share layers over more.`,
        ]
      : []),
    ...(host.gpus.some(({ name }) => name !== gpu?.name) && (layout.gpus ?? 0) > 1
      ? ["GPUs of different kinds share the work: the slowest sets the pace."]
      : []),
  ];
}
