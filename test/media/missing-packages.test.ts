import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { runChild } from "../support/run-child.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const ocrNeeds = "Reading text in pictures needs tesseract.js and @tesseract.js-data/eng;";
const ocrInstall = "npm install tesseract.js@7 @tesseract.js-data/eng";

test.each([
  ["pdfjs-dist", "Reading a PDF needs pdfjs-dist, which is not installed.", "npm install pdfjs-dist@5.6.205"],
  [
    "@napi-rs/canvas",
    "Reading a PDF needs @napi-rs/canvas, which is not installed.",
    "npm install @napi-rs/canvas@0.1",
  ],
  ["tesseract.js", `${ocrNeeds} tesseract.js is not installed.`, ocrInstall],
  ["@tesseract.js-data/eng", `${ocrNeeds} @tesseract.js-data/eng is not installed.`, ocrInstall],
])(
  "without %s the error says what to install, and the rest works",
  async (name, message, hint) => {
    const env = { INHOUSE_WITHOUT: name };
    const flags = ["--require", path("without-package.cjs")];
    const failures = await runChild<unknown>(path("without-child.ts"), [], { flags, env });
    expect(failures).toEqual([["unsupported", message, hint]]);
  },
  120_000,
);
