import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { LaunchPlan } from "../launch-plan.ts";
import { folderOf, type VllmFolder } from "./vllm-models.ts";
import type { VllmModel, VllmOptions } from "./vllm-options.ts";
import type { VllmProgram } from "./vllm-program.ts";

const TEMPLATE = fileURLToPath(new URL("hermes-tools.jinja", import.meta.url));

/** The folders of the models, which are also the names that they answer to. */
export const FOLDERS = {
  chat: "smollm2",
  embedding: "minilm",
  classification: "classifier",
  vision: "llava",
  speech: "whisper",
} as const satisfies Record<VllmModel, VllmFolder>;

const ARGS: Record<VllmModel, Record<string, string | true>> = {
  chat: {
    "--max-model-len": "2048",
    "--enable-auto-tool-choice": true,
    "--tool-call-parser": "hermes",
    "--chat-template": TEMPLATE,
  },
  embedding: {},
  classification: {},
  vision: { "--max-model-len": "2048", "--limit-mm-per-prompt": '{"image":2}' },
  speech: { "--max-num-seqs": "2", "--max-num-batched-tokens": "2048" },
};

/** How vLLM is started. The temporary folder goes with it. */
export function vllmPlan(vllm: VllmProgram, options: VllmOptions, port: number, temporary: string): LaunchPlan {
  const { model = "chat", lora } = options;
  const folder = FOLDERS[model];
  const url = `http://127.0.0.1:${port}`;
  const flags: Record<string, string | true> = {
    "--served-model-name": folder,
    "--host": "127.0.0.1",
    "--port": String(port),
    "--dtype": "float32",
    "--enforce-eager": true,
    "--max-num-seqs": "8",
    ...ARGS[model],
    ...(lora ? { "--enable-lora": true, "--lora-modules": `smollm2-lora=${folderOf(vllm, "smollm2-lora")}` } : {}),
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => (value === true ? [flag] : [flag, value]));
  return {
    name: "vllm",
    command: vllm.program,
    args: ["serve", folderOf(vllm, folder), ...args, ...(options.args ?? [])],
    env: environment(vllm, options, temporary),
    version: vllm.version,
    model: folder,
    // It names no port that it was not told, and says this when it has bound it.
    address: (line) => (line.includes("Application startup complete") ? url : undefined),
    readyPath: "/health",
    // Idle it takes up to three; with a stream open it may hang for as long as the stream.
    gracesMs: [5000, 2000],
    // One of its processes removes shared memory of 400 MB when the others have ended.
    lingerSeconds: 5,
    removes: temporary,
  };
}

/** Nothing of the user's settings, and nothing written outside the cache and the temporary folder. */
function environment(vllm: VllmProgram, options: VllmOptions, temporary: string): NodeJS.ProcessEnv {
  const { apiKey, devMode, env = {} } = options;
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("VLLM_"));
  return {
    ...Object.fromEntries(kept),
    TMPDIR: temporary,
    HF_HOME: join(vllm.folder, "huggingface"),
    HF_HUB_OFFLINE: "1",
    TORCHINDUCTOR_CACHE_DIR: join(vllm.folder, "inductor"),
    VLLM_CACHE_ROOT: join(vllm.folder, "cache"),
    VLLM_CONFIG_ROOT: join(vllm.folder, "config"),
    VLLM_CPU_KVCACHE_SPACE: "1",
    VLLM_NO_USAGE_STATS: "1",
    ...(apiKey === undefined ? {} : { VLLM_API_KEY: apiKey }),
    ...(devMode ? { VLLM_SERVER_DEV_MODE: "1" } : {}),
    ...env,
  };
}
