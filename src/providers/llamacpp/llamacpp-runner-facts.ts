import type { Observed, ServedFacts } from "../../deploy/verify/served-facts.ts";
import type { ServerProcess } from "../../deploy/verify/server-processes.ts";

/** What only the log and the command line of a llama-server tell: the type of the cache, and the layers on GPUs. */
export function runnerFacts(process: ServerProcess | undefined, log = ""): Pick<ServedFacts, "kvType" | "gpuLayers"> {
  const [, keys, values] = log.match(/K \((\w+)\):[^\n]*V \((\w+)\)/) ?? [];
  const [, onGpus, all] = log.match(/offloaded (\d+)\/(\d+) layers to GPU/) ?? [];
  const logged =
    keys === undefined || values === undefined ? undefined : { value: typesText(keys, values), evidence: "its log" };
  const kvType = logged ?? cacheOf(process);
  const layers =
    onGpus === undefined
      ? layersOf(process)
      : { value: onGpus === all ? ("all" as const) : Number(onGpus), evidence: "its log: layers offloaded" };
  return { ...(kvType ? { kvType } : {}), ...(layers ? { gpuLayers: layers } : {}) };
}

const typesText = (keys: string, values: string): string => (keys === values ? keys : `${keys} and ${values}`);

/** llama-server takes its options from the environment where the command line has none. */
function settingOf(process: ServerProcess, variable: string, ...names: readonly string[]): string | undefined {
  return process.option(...names) ?? process.environment[variable];
}

function cacheOf(process: ServerProcess | undefined): Observed<string> | undefined {
  if (!process || process.arguments.length === 0) return undefined;
  const keys = settingOf(process, "LLAMA_ARG_CACHE_TYPE_K", "-ctk", "--cache-type-k") ?? "f16";
  const values = settingOf(process, "LLAMA_ARG_CACHE_TYPE_V", "-ctv", "--cache-type-v") ?? "f16";
  return { value: typesText(keys, values), evidence: `/proc/${process.pid}/cmdline` };
}

function layersOf(process: ServerProcess | undefined): Observed<number | "all"> | undefined {
  if (!process) return undefined;
  const evidence = `/proc/${process.pid}/cmdline asks for it`;
  if (settingOf(process, "LLAMA_ARG_DEVICE", "-dev", "--device") === "none") return { value: 0, evidence };
  const asked = settingOf(process, "LLAMA_ARG_N_GPU_LAYERS", "-ngl", "--gpu-layers", "--n-gpu-layers");
  if (asked === undefined || asked === "auto" || asked === "") return undefined;
  return { value: asked === "all" || Number(asked) >= 999 ? "all" : Number(asked), evidence };
}
