import type { EngineChoice, Layout, Launch } from "../../deploy/engine-choice.ts";
import type { Engine } from "../../deploy/engine.ts";
import type { Host } from "../../deploy/host/host.ts";
import type { ModelShape } from "../../deploy/shape/model-shape.ts";
import { llamacppContainer } from "./llamacpp-container.ts";
import { llamacppMemory } from "./llamacpp-memory.ts";
import { plannedLlamacpp } from "./llamacpp-planned.ts";
import { llamacppServer } from "./llamacpp-server.ts";

/** What is left free of each GPU beside what is reckoned. */
const spareBytes = 512 * 1_048_576;

/**
 * Plans for llama-server b11434: all layers on the fewest GPUs that hold them, else as many as fit, of a mixture of experts
 * the experts of the first layers in main memory, else the processor alone.
 */
export const llamacppEngine: Engine = {
  name: "llamacpp",
  provider: "llamacpp",
  memory: llamacppMemory,
  formats: ["gguf"],
  port: 8_080,
  pooledCache: false,
  economies: [
    { arguments: [] },
    {
      arguments: ["--no-mmproj"],
      textOnly: true,
      warning: "There is room for text only: --no-mmproj leaves out what reads pictures.",
    },
  ],
  suits: () => true,
  refusal: ({ format }) => (format === "gguf" ? undefined : "llama-server runs GGUF files only."),
  layouts,
  room: ({ freeMemoryBytes }, memoryBytes) => (freeMemoryBytes ?? memoryBytes) - spareBytes,
  copies: () => false,
  launch,
  planned: plannedLlamacpp,
  server: llamacppServer,
  observe: async (question) => (await import("./llamacpp-observe.ts")).observeLlamacpp(question),
  container: llamacppContainer,
};

function layouts({ layers = [], experts }: ModelShape, { gpus }: Host, machines: number): readonly Layout[] {
  if (machines > 1) return [];
  const whole = gpus.map((_, index): Layout => ({ place: "gpus", gpus: index + 1 }));
  const steps = gpus.length === 0 ? [] : layers.map((_, index) => index + 1);
  const parts = steps.map((step): Layout => {
    return experts
      ? { place: "gpus and memory", gpus: gpus.length, expertLayersInMemory: step }
      : { place: "gpus and memory", gpus: gpus.length, gpuLayers: layers.length + 1 - step };
  });
  return [...whole, ...parts, { place: "memory", gpus: 0 }];
}

function launch(choice: EngineChoice): Launch {
  const { weights, host, layout, economy, parallel, contextLength, kvType } = choice;
  const { model, prepare } = modelArguments(choice);
  const used = layout.gpus ?? 0;
  return {
    prepare,
    command: [
      "llama-server",
      ...model,
      "--alias",
      choice.servedName,
      "--host",
      choice.address,
      "--port",
      String(choice.port),
      "-c",
      String(contextLength * parallel),
      "-np",
      String(parallel),
      "--no-kv-unified",
      ...(used === 0
        ? host.gpus.length > 0
          ? ["--device", "none"]
          : []
        : ["-ngl", String(layout.gpuLayers ?? "all")]),
      ...(layout.expertLayersInMemory ? ["--n-cpu-moe", String(layout.expertLayersInMemory)] : []),
      ...(kvType === undefined ? [] : ["-fa", "on", "-ctk", kvType, "-ctv", kvType]),
      ...(weights.shape.encoder && weights.projector === undefined ? economy.arguments : []),
      ...(weights.projector === undefined || economy.textOnly ? [] : ["--mmproj", weights.projector]),
      "--jinja",
      "--metrics",
    ],
    environment:
      used > 0 && used < host.gpus.length
        ? { CUDA_VISIBLE_DEVICES: Array.from({ length: used }, (_, gpu) => gpu).join(",") }
        : {},
    warnings: warningsOf(choice),
  };
}

/** The arguments that name the model, and what makes its file where there is none yet. */
function modelArguments({ weights, servedName }: EngineChoice): {
  readonly model: readonly string[];
  readonly prepare: readonly string[];
} {
  const { origin, source, quantization } = weights;
  if (origin === "files") return { model: ["-m", source], prepare: [] };
  if (origin === "published") return { model: ["-hf", `${source}:${quantization}`], prepare: [] };
  const wide = `${servedName}-BF16.gguf`;
  const made = `${servedName}-${quantization}.gguf`;
  if (source.endsWith(".gguf")) {
    return { model: ["-m", made], prepare: [`llama-quantize ${source} ${made} ${quantization}`] };
  }
  const isHere = /^([./~]|[A-Za-z]:\\)/.test(source);
  const folder = isHere ? source : `./${servedName}`;
  return {
    model: ["-m", made],
    prepare: [
      ...(isHere ? [] : [`hf download ${source} --local-dir ${folder}`]),
      `python convert_hf_to_gguf.py ${folder} --outtype bf16 --outfile ${wide}`,
      `llama-quantize ${wide} ${made} ${quantization}`,
    ],
  };
}

function warningsOf({ weights, layout, economy, host, replicas }: EngineChoice): readonly string[] {
  const low = weights.bits < 4;
  const used = (layout.gpus ?? 0) * replicas;
  const layers = weights.shape.layers?.length ?? 0;
  return [
    ...(economy.warning !== undefined && weights.shape.encoder ? [economy.warning] : []),
    ...(low
      ? [`${weights.quantization} answers noticeably worse; quantize it with an importance matrix (--imatrix).`]
      : []),
    ...(weights.origin === "made" && !low
      ? ["The file is made without an importance matrix: llama-quantize --imatrix makes it a little better."]
      : []),
    ...(layout.place === "memory"
      ? ["The processor alone computes: expect few tokens a second of a large model."]
      : []),
    ...(layout.gpuLayers === undefined
      ? []
      : [`${layout.gpuLayers} of ${layers + 1} layers are on GPUs: main memory sets the pace.`]),
    ...(layout.expertLayersInMemory
      ? [`The experts of ${layout.expertLayersInMemory} of ${layers} layers are in main memory, which sets the pace.`]
      : []),
    ...(used > 0 && used < host.gpus.length
      ? [`${host.gpus.length - used} of ${host.gpus.length} GPUs are left over.`]
      : []),
  ];
}
