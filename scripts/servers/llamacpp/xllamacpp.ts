import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { inTemporaryFolder, moveIntoPlace } from "../cache.ts";
import { exists } from "../exists.ts";
import { type Progress, withProgress } from "../progress.ts";
import { readyPython } from "../python.ts";
import { Unavailable } from "../unavailable.ts";
import { unpackWheel } from "../wheels.ts";
import type { LlamaCommand } from "./llama-plan.ts";
import type { LlamaServerOptions } from "./llama-server-options.ts";

const RELEASE = "2026.10.11549";
const REQUIREMENT = `xllamacpp==${RELEASE}`;
/** The package numbers its releases after llama.cpp's builds; the server inside answers `b0-unknown`. */
const VERSION = `b${RELEASE.split(".").at(-1)}`;
const SCRIPT = fileURLToPath(new URL("serve-llamacpp.py", import.meta.url));

/** llama.cpp's own server inside a Python process, prebuilt. */
export interface Xllamacpp {
  readonly kind: "xllamacpp";
  readonly python: string;
  readonly packages: string;
  readonly version: string;
}

export async function readyXllamacpp(cache: string): Promise<Xllamacpp | undefined> {
  const python = await readyPython(cache);
  const packages = join(cache, `xllamacpp-${RELEASE}`);
  if (python === undefined || !(await exists(packages))) return undefined;
  return { kind: "xllamacpp", python, packages, version: VERSION };
}

/** Downloads the server where it is missing. */
export async function prepareXllamacpp(
  cache: string,
  python: string,
  onProgress?: Progress,
  signal?: AbortSignal,
): Promise<Xllamacpp> {
  const ready = await readyXllamacpp(cache);
  if (ready !== undefined) return ready;
  const packages = join(cache, `xllamacpp-${RELEASE}`);
  await withProgress(onProgress, `downloading llama.cpp ${VERSION}, prebuilt as ${REQUIREMENT} (32 MB)`, () =>
    inTemporaryFolder(cache, async (temporary) => {
      await unpackWheel(python, REQUIREMENT, temporary, signal);
      await moveIntoPlace(join(temporary, "unpacked"), packages);
    }),
  );
  return { kind: "xllamacpp", python, packages, version: VERSION };
}

export async function planXllamacpp(
  server: Xllamacpp,
  model: string,
  options: LlamaServerOptions,
): Promise<LlamaCommand> {
  const { contextLength = 4096, parallel = 2, alias = "smollm2", chatTemplateFile } = options;
  if (Object.keys(options.kvOverrides ?? {}).length > 0) {
    throw new Unavailable(
      "overrides of a model's metadata in xllamacpp",
      "Its bindings have no such field. Name a program that can: INHOUSE_LLAMA_SERVER=/path/to/llama-server.",
    );
  }
  const params = {
    model: { path: model },
    model_alias: [alias],
    hostnames: ["127.0.0.1"],
    port: 0,
    n_ctx: contextLength,
    n_parallel: parallel,
    // The two reasons are those of the binary's --threads and --sse-ping-interval.
    cpuparams: { n_threads: 1 },
    cpuparams_batch: { n_threads: 1 },
    sse_ping_interval: 1,
    endpoint_metrics: true,
    endpoint_props: true,
    ...(options.embeddings ? { embedding: true, pooling_type: "LLAMA_POOLING_TYPE_MEAN" } : {}),
    ...(options.reranking ? { embedding: true, pooling_type: "LLAMA_POOLING_TYPE_RANK" } : {}),
    ...(chatTemplateFile === undefined ? {} : { chat_template: await readFile(chatTemplateFile, "utf8") }),
    ...options.extra?.xllamacpp,
  };
  const args = ["-I", SCRIPT, server.packages, JSON.stringify(params)];
  return { command: server.python, args, version: server.version };
}
