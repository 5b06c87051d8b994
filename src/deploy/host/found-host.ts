import { execFile } from "node:child_process";
import { readFile, statfs } from "node:fs/promises";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";

import { abortError } from "../../core/error.ts";
import { amdArguments, amdGpus, nvidiaArguments, nvidiaGpus } from "./gpu-tools.ts";
import type { Host, HostGpu } from "./host.ts";

/** What finding out about this machine needs. */
export interface FoundHostOptions {
  /** The folder that models are kept in, whose free space counts. Default: the current one. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
}

/** What inference makes use of (llama.cpp and vLLM on the processor). */
const useful = /^(sse3|ssse3|avx|avx2|fma|f16c|bmi2|avx_vnni|avx512\w*|amx_\w+|asimd\w*|sve\w*|i8mm|bf16)$/;
const toolLimitMs = 10_000;
const maxOutputBytes = 1_048_576;

/**
 * Finds out about this machine: the processor and what it can, memory and the limit of a container on it, GPUs as
 * `nvidia-smi` and `rocm-smi` tell them, and the free space of a folder. What cannot be found out is a note, no error.
 * Rejects when aborted.
 */
export async function foundHost(options: FoundHostOptions = {}): Promise<Host> {
  const { folder = ".", signal } = options;
  const [cpuInfo, available, limit, nvidia, amd, disk] = await Promise.all([
    textOf("/proc/cpuinfo"),
    textOf("/proc/meminfo"),
    containerLimit(),
    toolOutput("nvidia-smi", nvidiaArguments, signal),
    toolOutput("rocm-smi", amdArguments, signal),
    statfs(folder).catch(() => undefined),
  ]);
  if (signal?.aborted) throw abortError(signal);
  const [, kilobytes] = /^MemAvailable:\s+(\d+) kB/m.exec(available) ?? [];
  const free = kilobytes === undefined ? freemem() : Number(kilobytes) * 1_024;
  const gpus: readonly HostGpu[] = [...nvidiaGpus(nvidia.output), ...amdGpus(amd.output)];
  const [, flags = ""] = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuInfo) ?? [];
  const name = cpus()[0]?.model;
  return {
    memoryBytes: totalmem(),
    availableMemoryBytes: Math.min(free, limit ?? free),
    processor: {
      ...(name ? { name } : {}),
      cores: availableParallelism(),
      features: flags.split(/\s+/).filter((flag) => useful.test(flag)),
    },
    gpus,
    ...(disk ? { freeDiskBytes: disk.bavail * disk.bsize } : {}),
    notes: [nvidia, amd].flatMap(({ note }) => (note === undefined ? [] : [note])),
  };
}

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

/** What a container's limit leaves: cgroups of version 2, else 1. */
async function containerLimit(): Promise<number | undefined> {
  const [limit, used] = await Promise.all([
    textOf("/sys/fs/cgroup/memory.max"),
    textOf("/sys/fs/cgroup/memory.current"),
  ]);
  const older = await textOf("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  const bytes = Number.parseInt(limit.trim() === "max" || limit === "" ? older : limit, 10);
  // Version 1 writes a number near 2^63 where there is no limit.
  if (!Number.isFinite(bytes) || bytes > Number.MAX_SAFE_INTEGER) return undefined;
  return Math.max(0, bytes - (Number.parseInt(used, 10) || 0));
}

/** A tool's output; a note where it is there and fails, nothing where there is none. */
function toolOutput(
  program: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly output: string; readonly note?: string }> {
  const options = { timeout: toolLimitMs, maxBuffer: maxOutputBytes, ...(signal ? { signal } : {}) };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, output) => {
      if (!error) resolve({ output });
      else if ("code" in error && error.code === "ENOENT") resolve({ output: "" });
      else resolve({ output: "", note: `${program} failed: the GPUs that it knows are not counted.` });
    });
  });
}
