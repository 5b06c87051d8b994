import { InhouseError } from "../index.ts";

/** A count as people write it: `4096`, `32k` (of 1,024). Throws `invalid-request` for anything else. */
export function countOf(option: string, text: string): number {
  const [, digits, unit] = /^(\d+)(k?)$/i.exec(text.trim()) ?? [];
  if (digits === undefined) {
    throw new InhouseError("invalid-request", `${option}: "${text}" is not a count.`, { hint: "Write 4096 or 32k." });
  }
  return Number(digits) * (unit === "" ? 1 : 1_024);
}
