import { InhouseError } from "../../core/error.ts";
import { acceleratorNamed, accelerators } from "../catalogue/accelerators.ts";
import type { Host, HostGpu } from "./host.ts";

const gibibyte = 1_073_741_824;

/**
 * A host by its description: `8x H100`, `4x A100-80GB`, `1x RTX 4000 Ada`, `cpu 32GB`, or several parts joined by a comma or
 * a plus; a GPU that the catalogue lacks by its memory, `2x gpu 24GB`. Gigabytes are of 1024³ bytes. Throws `invalid-request` for a part that is not understood, with the names that are.
 */
export function describedHost(text: string): Host {
  const parts = text.split(/[,+]/).map((part) => part.trim());
  const gpus: HostGpu[] = [];
  let memoryBytes: number | undefined;
  for (const part of parts) {
    const [, amount] = /^(?:cpu|ram|memory)[\s:-]*(\d+(?:\.\d+)?)\s*g(?:i?b)?$/i.exec(part) ?? [];
    if (amount !== undefined) memoryBytes = Math.round(Number(amount) * gibibyte);
    else gpus.push(...gpusOf(part));
  }
  return {
    ...(memoryBytes === undefined ? {} : { memoryBytes, availableMemoryBytes: memoryBytes }),
    processor: { features: [] },
    gpus,
    notes: memoryBytes === undefined ? ["The description says nothing of main memory."] : [],
  };
}

function gpusOf(part: string): readonly HostGpu[] {
  const [, count = "1", name = ""] = /^(?:(\d{1,4})\s*[x×]\s*)?(.+)$/i.exec(part) ?? [];
  const [, amount] = /^gpu[\s:-]*(\d+(?:\.\d+)?)\s*g(?:i?b)?$/i.exec(name) ?? [];
  const number = Number(count);
  if (amount !== undefined && number >= 1 && number <= 1_024) {
    const other = { name: `gpu ${amount}GB`, memoryBytes: Math.round(Number(amount) * gibibyte) };
    return Array.from({ length: number }, () => other);
  }
  const accelerator = acceleratorNamed(name);
  if (!accelerator || number < 1 || number > 1_024) {
    const what = accelerator ? `${count} are not a number of GPUs` : `"${part}" is not known`;
    throw new InhouseError("invalid-request", `A host's description: ${what}.`, {
      hint: `Write "8x H100" or "cpu 32GB", or "2x gpu 24GB" for one that is not known. Known are ${accelerators.map((known) => known.name).join(", ")}.`,
    });
  }
  const memory = accelerator.memoryGiB === undefined ? {} : { memoryBytes: accelerator.memoryGiB * gibibyte };
  return Array.from({ length: number }, () => ({
    name: accelerator.name,
    ...memory,
    ...(accelerator.architecture === undefined ? {} : { architecture: accelerator.architecture }),
    accelerator,
  }));
}
