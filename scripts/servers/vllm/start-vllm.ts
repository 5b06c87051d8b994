import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "../../../src/deploy/launch/listening-port.ts";
import { type RunningServer, startPrepared } from "../running-server.ts";
import { prepareVllm } from "./prepare-vllm.ts";
import type { VllmOptions } from "./vllm-options.ts";
import { vllmPlan } from "./vllm-plan.ts";

/** Prepares what is missing, starts a vLLM on a free port, and resolves when it is ready. */
export async function startVllm(options: VllmOptions = {}): Promise<RunningServer> {
  const { readyTimeoutMs = 300_000, onProgress, signal } = options;
  const vllm = await prepareVllm(options);
  const port = await freePort();
  const temporary = await mkdtemp(join(tmpdir(), "inhouse-vllm-"));
  onProgress?.(`starting vLLM ${vllm.version} (40 to 200 s)`);
  return await startPrepared(vllmPlan(vllm, options, port, temporary), { readyTimeoutMs, signal });
}
