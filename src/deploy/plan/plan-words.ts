import type { Host } from "../host/host.ts";

/** Bytes as people read them: `18.4 GiB`, `512 MiB`. */
export function bytesText(bytes: number): string {
  const gibibytes = bytes / 1_073_741_824;
  if (gibibytes < 1) return `${Math.round(bytes / 1_048_576).toLocaleString("en")} MiB`;
  return `${gibibytes.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} GiB`;
}

/** A count with its thousands apart: `32,768`. */
export const countText = (count: number): string => Math.round(count).toLocaleString("en");

/** A way to store weights as people read it. */
export const methodText = (quantization: string): string => (quantization === "none" ? "16 bits" : quantization);

/** Parameters: `8.5 B`, `135 M`. */
export const parametersText = (count: number): string =>
  count < 1e9 ? `${Math.round(count / 1e6)} M` : `${(count / 1e9).toFixed(1)} B`;

/** A rate to two digits that mean something: `29 tokens/s`, `2,400 tokens/s`. */
export function rateText(perSecond: number): string {
  const digits = perSecond >= 10 ? 2 : 1;
  return `${Number(perSecond.toPrecision(digits)).toLocaleString("en")} tokens/s`;
}

/** What a host is, in a few words. */
export function hostText({ gpus, memoryBytes }: Host, machines = 1): string {
  const counts = new Map<string, number>();
  for (const { name, memoryBytes: own } of gpus) {
    const kind = own === undefined ? name : `${name} (${bytesText(own)})`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const parts = [
    ...[...counts].map(([name, count]) => `${count}x ${name}`),
    ...(memoryBytes === undefined ? [] : [`${bytesText(memoryBytes)} of main memory`]),
  ];
  const one = parts.length > 0 ? parts.join(", ") : "a machine of which nothing is known";
  return machines > 1 ? `${machines} machines of ${one}` : one;
}
