/** Reads a text layer, and a scan by OCR, and prints both; a control asks the network in a thread and by itself. */
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";

import { openOcr } from "../../src/media/ocr.ts";
import { openPdf } from "../../src/media/pdf.ts";

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/media/${name}`, import.meta.url));

if (process.argv[2] === "control") {
  const thread = new Worker('fetch("http://127.0.0.1:1")', { eval: true });
  thread.once("error", ({ message }) => process.stdout.write(JSON.stringify(message)));
} else {
  const manual = await openPdf(fixture("manual.pdf"));
  const scan = await openPdf(fixture("scan.pdf"));
  const ocr = await openOcr();
  const { data } = await scan.picture(1);
  const found = { text: await manual.text(3), picture: (await manual.picture(1)).width, scanned: await ocr.read(data) };
  // Nothing is closed: what is open keeps no process alive.
  process.stdout.write(JSON.stringify(found));
}
