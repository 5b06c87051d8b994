import { quoted, withOption } from "../../core/command-line.ts";
import type { EngineContainer } from "../../deploy/engine-container.ts";
import type { Plan } from "../../deploy/plan/plan-value.ts";
import { plannedLlamacpp } from "./llamacpp-planned.ts";

const folder = "/models";
const gibibyte = 1_073_741_824;
const offline = { LLAMA_ARG_OFFLINE: "1" };

/**
 * llama-server b11434 in its own images. The models are a Hugging Face cache or single files; it was seen to serve
 * `-hf` out of a cache that it may only read.
 */
export const llamacppContainer: EngineContainer = {
  image: (devices) => ({
    name: "ghcr.io/ggml-org/llama.cpp",
    tag: { nvidia: "server-cuda-b11434", amd: "server-rocm-b11434", none: "server-b11434" }[devices],
  }),
  entry: ["/app/llama-server"],
  modelsFolder: folder,
  writable: [{ path: "/tmp", why: "temporary files" }],
  // The devices of AMD belong to root and to groups whose numbers differ from machine to machine.
  user: (devices) => (devices === "amd" ? undefined : { id: 65_532, group: 65_532 }),
  readyPath: "/health",
  ready: (port) => ["curl", "--fail", "--silent", "--show-error", "--max-time", "5", `http://127.0.0.1:${port}/health`],
  arguments(plan) {
    const { files } = plannedLlamacpp(plan);
    return withOption(plan.command.slice(1), "--host", "0.0.0.0").map((argument) =>
      files.includes(argument) ? `${folder}/${argument.replace(/^.*[/\\]/, "")}` : argument,
    );
  },
  environment: ({ environment, command }) => ({
    ...environment,
    ...offline,
    ...(isNamed(command) ? { HF_HUB_CACHE: folder } : {}),
  }),
  offline,
  folderVariable: ({ command }) => (isNamed(command) ? "HF_HUB_CACHE" : undefined),
  keyVariable: "LLAMA_API_KEY",
  keyFileVariable: "LLAMA_ARG_API_KEY_FILE",
  fill,
  sharedMemory: false,
  startSeconds: 120,
  processBytes: (gpus) => gibibyte + gpus * gibibyte,
};

const isNamed = (command: readonly string[]): boolean => command.includes("-hf");

/** The parts of a mixture, and what reads pictures, as repositories of GGUF files name them. */
function fill({ command, model }: Plan): ReturnType<EngineContainer["fill"]> {
  if (!isNamed(command)) return undefined;
  return {
    downloads: true,
    makesStore: false,
    script: `hf download ${quoted(model.source)} --include ${quoted(`*${model.quantization}*.gguf`)} --include '*mmproj*.gguf'`,
    setup:
      "pip install --quiet --no-cache-dir --target /tmp/hub huggingface_hub==2.4.0; PATH=/tmp/hub/bin:$PATH PYTHONPATH=/tmp/hub; export PATH PYTHONPATH",
    image: { name: "docker.io/library/python", tag: "3.13-slim" },
  };
}
