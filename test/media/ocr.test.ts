import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

import { openOcr, type Ocr } from "../../src/media/ocr.ts";
import { openPdf } from "../../src/media/pdf.ts";
import { runProgram } from "../support/run-program.ts";

const letter = `Inspection report Pump Type PX-200, serial number 5208 Inspected on 14 March by the service team
The shaft seal was worn and has been replaced. Both bearings run quietly. The strainer held sand and was cleaned.
The oil level was correct. Flow after the work: 198 litres a minute. Next inspection after 1000 hours of operation.`;

/** The share of the letter's words that a text has. */
function shareFound(text: string): number {
  const found = new Set(text.split(/\s+/));
  const words = letter.split(/\s+/);
  return words.filter((word) => found.has(word)).length / words.length;
}

let ocr: Ocr;
let scan: Uint8Array;
beforeAll(async () => {
  const document = await openPdf(readFileSync(new URL("../fixtures/media/scan.pdf", import.meta.url)));
  scan = (await document.picture(1)).data;
  await document.close();
  ocr = await openOcr();
});
afterAll(() => ocr.close());

describe("text in a picture", () => {
  test("is read with nearly every word right, line by line", async () => {
    const text = await ocr.read(scan);
    expect(shareFound(text)).toBeGreaterThan(0.97);
    expect(text).toContain("Both bearings run quietly. The strainer held sand\nand was cleaned.");
  });

  test("is read one picture after the other when all are asked for at once", async () => {
    const texts = await Promise.all([ocr.read(scan), ocr.read(scan)]);
    expect(texts[0]).toBe(texts[1]);
  });

  test("is left at the signal, and the next is read all the same", async () => {
    const end = new AbortController();
    const reading = ocr.read(scan, end.signal);
    end.abort(new Error("enough"));
    await expect(reading).rejects.toMatchObject({ code: "abort", cause: end.signal.reason });
    expect(shareFound(await ocr.read(scan))).toBeGreaterThan(0.97);
  });

  test("is an error where the picture is none, and the next is read all the same", async () => {
    await expect(ocr.read(Buffer.from("no picture"))).rejects.toMatchObject({
      code: "invalid-request",
      message: "The picture could not be read: 10 bytes of text/plain.",
    });
    expect(shareFound(await ocr.read(scan))).toBeGreaterThan(0.97);
  });

  test("is not read after the end", async () => {
    const closed = await openOcr();
    const refused = closed.read(scan).catch((error: unknown) => error);
    await closed.close();
    expect(await refused).toMatchObject({ code: "closed" });
    await expect(closed.read(scan)).rejects.toMatchObject({ code: "closed" });
  });
});

describe("the data of a language", () => {
  test("comes from a folder that is named", async () => {
    const folder = join(dirname(createRequire(import.meta.url).resolve("@tesseract.js-data/eng")), "4.0.0_best_int");
    const opened = await openOcr({ dataFolder: folder });
    onTestFinished(() => opened.close());
    expect(shareFound(await opened.read(scan))).toBeGreaterThan(0.97);
  });

  test("is asked for where it is missing", async () => {
    await expect(openOcr({ languages: ["fra", "eng"] })).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("@tesseract.js-data/fra is not installed"),
      hint: "npm install tesseract.js@7 @tesseract.js-data/fra @tesseract.js-data/eng",
    });
    await expect(openOcr({ dataFolder: tmpdir() })).rejects.toMatchObject({
      code: "unsupported",
      message: "The folder of the language data has no eng.traineddata and no eng.traineddata.gz.",
    });
  });

  test("is refused where it is damaged", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ocr-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "eng.traineddata"), "nonsense");
    await expect(openOcr({ dataFolder: folder })).rejects.toMatchObject({
      code: "invalid-request",
      message: expect.stringContaining("The data of the language eng is damaged"),
    });
  });

  test.each([[[]], [["../eng"]], [["english language"]]])("has no such name: %j", async (languages) => {
    await expect(openOcr({ languages })).rejects.toMatchObject({ code: "invalid-request" });
  });
});

describe("PDFs and OCR without a network and without writing", () => {
  const offline = fileURLToPath(new URL("offline-preload.cjs", import.meta.url));
  const child = fileURLToPath(new URL("offline-child.ts", import.meta.url));

  test("would be noticed in a thread", async () => {
    const { stdout, stderr } = await runProgram(child, ["control"], {}, ["--require", offline]);
    expect([stdout, stderr]).toEqual(['"refused: fetch"', "refused: fetch\n"]);
  });

  test("give what they give, and what is left open keeps no process alive", async () => {
    const { code, stdout, stderr } = await runProgram(child, [], {}, ["--require", offline]);
    expect([code, stderr]).toEqual([0, ""]);
    const { text, picture, scanned } = JSON.parse(stdout) as { text: string; picture: number; scanned: string };
    expect(text).toContain("4 Faults");
    expect(picture).toBe(1_088);
    expect(shareFound(scanned)).toBeGreaterThan(0.97);
  }, 120_000);
});
