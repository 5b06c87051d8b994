import { join } from "node:path";

import { programsOnPath } from "../programs.ts";
import { run } from "../run.ts";
import { Unavailable } from "../unavailable.ts";
import type { LlamaCommand } from "./llama-plan.ts";
import type { LlamaServerOptions } from "./llama-server-options.ts";

/** A llama-server program that runs on this machine. */
export interface Binary {
  readonly kind: "binary";
  readonly program: string;
  readonly version: string;
}

/** The wanted program, else the first that runs: on PATH, then compiled into the cache. */
export async function findBinary(cache: string, wanted?: string, signal?: AbortSignal): Promise<Binary | undefined> {
  if (wanted !== undefined) {
    const binary = await tryBinary(wanted, signal);
    if (binary !== undefined) return binary;
    throw new Unavailable(
      `a llama-server that runs at ${wanted}`,
      `${wanted} --version must succeed. Correct or unset INHOUSE_LLAMA_SERVER.`,
    );
  }
  for (const program of [...programsOnPath("llama-server"), join(cache, "llamacpp", "bin", "llama-server")]) {
    const binary = await tryBinary(program, signal);
    if (binary !== undefined) return binary;
  }
  return undefined;
}

async function tryBinary(program: string, signal?: AbortSignal): Promise<Binary | undefined> {
  const { code, output } = await run(program, ["--version"], { signal, timeoutMs: 10_000 });
  if (code !== 0) return undefined;
  const build = /\(build (\d+)|version: (\d+) \(/.exec(output);
  return { kind: "binary", program, version: build ? `b${build[1] ?? build[2]}` : "unknown" };
}

export function planBinary(binary: Binary, model: string, options: LlamaServerOptions): LlamaCommand {
  const { contextLength = 4096, parallel = 2, alias = "smollm2", embeddings, reranking, kvOverrides = {} } = options;
  const flags: Record<string, string | boolean | undefined> = {
    "--model": model,
    "--alias": alias,
    "--host": "127.0.0.1",
    "--port": "0",
    "--ctx-size": String(contextLength),
    "--parallel": String(parallel),
    // With more threads than free cores the speed is erratic, by a factor of fifty on two shared ones.
    "--threads": "1",
    // With the default of 30 s a server that is told to stop waits 30 s for an open stream.
    "--sse-ping-interval": "1",
    "--metrics": true,
    "--props": true,
    "--embeddings": embeddings,
    "--pooling": embeddings ? "mean" : undefined,
    "--reranking": reranking,
    "--chat-template-file": options.chatTemplateFile,
    "--override-kv":
      Object.entries(kvOverrides)
        .map(([key, value]) => `${key}=${value}`)
        .join(",") || undefined,
  };
  const args = Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined || value === false ? [] : value === true ? [flag] : [flag, value],
  );
  args.push(...(options.extra?.binary ?? []));
  return { command: binary.program, args, version: binary.version };
}
