import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { serverEnvironment } from "../../../src/deploy/launch/server-environment.ts";
import { vllmServer } from "../../../src/providers/vllm/vllm-server.ts";
import type { PreparedServer } from "../running-server.ts";
import { standardSettings } from "../standard-settings.ts";
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
export function vllmPlan(vllm: VllmProgram, options: VllmOptions, port: number, temporary: string): PreparedServer {
  const { model = "chat", lora } = options;
  const folder = FOLDERS[model];
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
    command: {
      ...vllmServer,
      name: "vllm",
      command: vllm.program,
      arguments: ["serve", folderOf(vllm, folder), ...args, ...(options.args ?? [])],
      environment: environment(vllm, options, temporary),
      address: (line) => vllmServer.address(line, { ...standardSettings, port }),
      version: () => undefined,
      removes: temporary,
    },
    version: vllm.version,
    model: folder,
  };
}

/** Nothing of the user's settings, and nothing written outside the cache and the temporary folder. */
function environment(vllm: VllmProgram, options: VllmOptions, temporary: string): NodeJS.ProcessEnv {
  const { apiKey, devMode, env = {} } = options;
  const added = {
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
  return serverEnvironment({ env: process.env, ownVariables: vllmServer.ownVariables, offline: false, added });
}
