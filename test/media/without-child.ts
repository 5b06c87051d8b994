/** Opens a PDF and an OCR, and prints the codes, messages and hints of what failed. */
import { readFileSync } from "node:fs";

import { isInhouseError } from "../../src/core/error.ts";
import { openOcr } from "../../src/media/ocr.ts";
import { openPdf } from "../../src/media/pdf.ts";

const manual = readFileSync(new URL("../fixtures/media/manual.pdf", import.meta.url));
const failures: unknown[] = [];
for (const open of [() => openPdf(manual), () => openOcr()]) {
  try {
    await (await open()).close();
  } catch (error) {
    failures.push(isInhouseError(error) ? [error.code, error.message, error.hint] : String(error));
  }
}
process.stdout.write(JSON.stringify(failures));
