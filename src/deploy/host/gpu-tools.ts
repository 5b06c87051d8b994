import { acceleratorNamed } from "../catalogue/accelerators.ts";
import { isRecord, parseJson } from "../shape/json-file.ts";
import type { HostGpu } from "./host.ts";

const mebibyte = 1_048_576;

/** The arguments of `nvidia-smi` whose output `nvidiaGpus` reads. */
export const nvidiaArguments = [
  "--query-gpu=name,memory.total,memory.free,compute_cap",
  "--format=csv,noheader,nounits",
] as const;

/** The GPUs in the output of `nvidia-smi`: a line each, of name, MiB, free MiB and compute capability. Other lines are none. */
export function nvidiaGpus(output: string): readonly HostGpu[] {
  return output.split("\n").flatMap((line) => {
    const [, name, total, free, capability] =
      /^\s*([^,]+?)\s*,\s*(\d+|\[[^\]]*\])\s*,\s*(\d+|\[[^\]]*\])\s*(?:,\s*([\d.]+))?/.exec(line) ?? [];
    if (name === undefined) return [];
    return [gpu(name, bytes(total), bytes(free), capability)];
  });
}

/** MiB; a machine that shares its memory with the GPU writes `[N/A]`. */
const bytes = (mebibytes: string | undefined): number | undefined =>
  mebibytes !== undefined && /^\d+$/.test(mebibytes) ? Number(mebibytes) * mebibyte : undefined;

/** The arguments of `rocm-smi` whose output `amdGpus` reads. */
export const amdArguments = ["--showproductname", "--showmeminfo", "vram", "--json"] as const;

/** The GPUs in the JSON of `rocm-smi`, an object for each card. Its keys were renamed over the years; all are looked for. */
export function amdGpus(output: string): readonly HostGpu[] {
  const value = parseJson(output.slice(Math.max(0, output.indexOf("{"))));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, card]) => {
    if (!/^card\d+$/.test(key) || !isRecord(card)) return [];
    const find = (pattern: RegExp): string | undefined => {
      const [, found] = Object.entries(card).find(([name]) => pattern.test(name)) ?? [];
      return typeof found === "string" || typeof found === "number" ? String(found) : undefined;
    };
    const total = Number(find(/^VRAM Total Memory/i) ?? Number.NaN);
    const used = Number(find(/^VRAM Total Used Memory/i) ?? Number.NaN);
    const name = find(/^Card Series/i) ?? find(/^Card Model/i) ?? key;
    const known = Number.isFinite(total);
    return [
      gpu(
        name,
        known ? total : undefined,
        known && Number.isFinite(used) ? total - used : undefined,
        find(/^GFX Version/i),
      ),
    ];
  });
}

function gpu(
  name: string,
  total: number | undefined,
  free: number | undefined,
  architecture: string | undefined,
): HostGpu {
  const accelerator = acceleratorNamed(name);
  return {
    name,
    ...(total === undefined ? {} : { memoryBytes: total }),
    ...(free === undefined ? {} : { freeMemoryBytes: free }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(accelerator ? { accelerator } : {}),
  };
}
