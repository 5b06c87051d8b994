import { quoted, withOption } from "../../core/command-line.ts";
import type { EngineContainer } from "../../deploy/engine-container.ts";
import type { Plan } from "../../deploy/plan/plan-value.ts";
import { plannedRepository } from "./vllm-planned.ts";

const folder = "/models";
const cache = "/cache";
const gibibyte = 1_073_741_824;
const offline = {
  HF_HUB_OFFLINE: "1",
  TRANSFORMERS_OFFLINE: "1",
  HF_HUB_DISABLE_TELEMETRY: "1",
  VLLM_NO_USAGE_STATS: "1",
  DO_NOT_TRACK: "1",
};

/** vLLM 0.32 in its own images. The models are a Hugging Face cache, or folders of safetensors. */
export const vllmContainer: EngineContainer = {
  image: (devices) => ({
    name: {
      nvidia: "docker.io/vllm/vllm-openai",
      amd: "docker.io/vllm/vllm-openai-rocm",
      none: "docker.io/vllm/vllm-openai-cpu",
    }[devices],
    tag: "v0.32.0",
  }),
  entry: ["vllm", "serve"],
  modelsFolder: folder,
  writable: [
    { path: "/tmp", why: "temporary files" },
    { path: cache, why: "compiled kernels" },
  ],
  // The image for CUDA knows a user 2000 of the group 0; the others are root's.
  user: (devices) => (devices === "nvidia" ? { id: 2_000, group: 0 } : undefined),
  readyPath: "/health",
  ready: (port) => [
    "python3",
    "-c",
    `import urllib.request as r; r.urlopen("http://127.0.0.1:${port}/health", timeout=5)`,
  ],
  arguments: argumentsOf,
  environment: (plan) => ({
    ...plan.environment,
    ...offline,
    ...(isNamed(plan) ? { HF_HUB_CACHE: folder } : {}),
    HOME: cache,
    USER: "vllm",
    HF_HOME: `${cache}/huggingface`,
    VLLM_CACHE_ROOT: `${cache}/vllm`,
    TORCHINDUCTOR_CACHE_DIR: `${cache}/inductor`,
    TRITON_CACHE_DIR: `${cache}/triton`,
  }),
  offline,
  folderVariable: (plan) => (isNamed(plan) ? "HF_HUB_CACHE" : undefined),
  keyVariable: "VLLM_API_KEY",
  keyNote:
    "vLLM asks for the key below /v1, /v2 and /inference only: /tokenize, /pooling, /score and others answer without it. Let nobody reach the port but who may call.",
  fill: (plan) =>
    isNamed(plan)
      ? { downloads: true, makesStore: false, script: `hf download ${quoted(plan.model.source)}` }
      : undefined,
  sharedMemory: true,
  // Reading modules, compiling, graphs.
  startSeconds: 600,
  processBytes: (gpus) => (4 + 3 * Math.max(1, gpus)) * gibibyte,
  member: (plan, leads) => [
    ...argumentsOf(plan).map((argument, index, all) =>
      all[index - 1] === "--distributed-executor-backend" ? "mp" : argument,
    ),
    "--nnodes",
    "$(LWS_GROUP_SIZE)",
    "--node-rank",
    "$(LWS_WORKER_INDEX)",
    "--master-addr",
    "$(LWS_LEADER_ADDRESS)",
    ...(leads ? [] : ["--headless"]),
  ],
};

const isNamed = (plan: Plan): boolean => plannedRepository(plan) !== undefined;

function argumentsOf(plan: Plan): readonly string[] {
  const [source = "", ...options] = plan.command.slice(2);
  const place = isNamed(plan) ? source : `${folder}/${source.replace(/[/\\]+$/, "").replace(/^.*[/\\]/, "")}`;
  return [place, ...withOption(options, "--host", "0.0.0.0")];
}
