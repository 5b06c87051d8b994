/** `npx tsx scripts/media/make-documents.ts`: writes the PDFs of `test/fixtures/media`. Needs `qpdf` for those that are encrypted. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { openPdf } from "../../src/media/pdf.ts";
import { blackAndWhite } from "./black-and-white.ts";
import { letterPages, manualPages } from "./manual-pages.ts";
import { type PageDrawing, writePdf } from "./pdf-writer.ts";

const folder = fileURLToPath(new URL("../../test/fixtures/media/", import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}manual.pdf`, writePdf(manualPages));
writeFileSync(`${folder}scan.pdf`, writePdf(await scanned(letterPages)));
encrypt("encrypted.pdf", "seal");
encrypt("print-only.pdf", ""); // opens without a password, and asks viewers not to copy

/** Pages as pictures of them at 150 dots per inch, half a degree askew. */
async function scanned(pages: readonly PageDrawing[]): Promise<readonly PageDrawing[]> {
  const askew = pages.map(({ content }) => ({ content: `q 0.99996 0.00873 -0.00873 0.99996 0 0 cm\n${content}Q\n` }));
  const document = await openPdf(writePdf(askew));
  const scans: PageDrawing[] = [];
  for (let page = 1; page <= document.pageCount; page++) {
    const { data } = await document.picture(page, { maxEdge: 1_754 });
    scans.push({ content: "", picture: blackAndWhite(data) });
  }
  await document.close();
  return scans;
}

function encrypt(name: string, password: string): void {
  const options = ["--encrypt", password, "owner", "256", "--extract=n", "--"];
  execFileSync("qpdf", [`${folder}manual.pdf`, ...options, `${folder}${name}`]);
}
