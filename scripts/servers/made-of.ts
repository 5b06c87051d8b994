import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { writeWhole } from "./cache.ts";
import { isFileError } from "./file-error.ts";

const STAMP = "made-of";

/** Whether the folder is whole and was made of this. */
export async function isMadeOf(folder: string, ingredients: string): Promise<boolean> {
  try {
    return (await readFile(join(folder, STAMP), "utf8")) === ingredients;
  } catch (error) {
    if (isFileError(error, "ENOENT")) return false;
    throw error;
  }
}

/** States that the folder is whole; the last step of making it. */
export async function stampAsMadeOf(folder: string, ingredients: string): Promise<void> {
  await writeWhole(join(folder, STAMP), ingredients);
}
