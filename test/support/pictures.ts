import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A picture that `scripts/media/make-pictures.ts` drew: a red corner at the top left, a blue one at the bottom right. */
export function picture(name: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../fixtures/media/${name}`, import.meta.url)));
}
