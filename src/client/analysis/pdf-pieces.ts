import { isScan } from "../../media/page-scan.ts";
import { openPdf, type PdfDocument } from "../../media/pdf.ts";
import type { AnalysisPiece } from "./analysis-piece.ts";
import type { Material, MaterialReading } from "./material.ts";
import { lackOf, mayUse, pictureTokens, senseless } from "./model-senses.ts";
import { scanReader } from "./scan-reader.ts";

/** Longest edge of the picture of a page, where the client does not say. */
const usualEdge = 1_540;
/** The same of a page whose text is read by OCR: 200 dots an inch of A4. */
const scanEdge = 2_339;

/**
 * The pages of a PDF: their text, and a picture of each that has none where the model sees; without `text` among the
 * modalities pictures of all. They are drawn when their turn comes. Scans that the model does not see are read by OCR on demand.
 */
export async function pdfPieces(bytes: Uint8Array, reading: MaterialReading): Promise<Material> {
  const { run } = reading;
  const pdf = await openPdf(bytes, run.signal);
  run.atEnd(() => pdf.close());
  return { total: pdf.pageCount, pieces: pagesOf(pdf, reading) };
}

async function* pagesOf(pdf: PdfDocument, reading: MaterialReading): AsyncGenerator<AnalysisPiece> {
  const { run, part, name } = reading;
  const isRead = mayUse(reading, "text");
  const lack = lackOf(reading, "image");
  const readScan = scanReader(reading);
  const silent: number[] = [];

  /** What a page is without its picture: its text, or that of its scan. */
  async function textOf(page: number, layer: string): Promise<string> {
    if (!readScan || !isScan(layer)) return layer;
    return readScan((await pdf.picture(page, { maxEdge: scanEdge, signal: run.signal })).data);
  }

  for (let page = 1; page <= pdf.pageCount; page += 1) {
    const sources = [{ page, ...part }];
    try {
      const layer = isRead ? (await pdf.text(page)).trim() : "";
      const isSeen = !lack && (!isRead || isScan(layer));
      const text = isSeen ? "" : await textOf(page, layer);
      if (isSeen) yield { sources, ...pictureOf(pdf, page, reading) };
      else if (text !== "") yield { sources, text };
      else silent.push(page);
    } catch (error) {
      run.fail(sources, error);
    }
  }
  if (silent.length === 0 || !lack) return;
  if (silent.length === pdf.pageCount) {
    throw senseless(reading, "no page has a text layer, and pictures of pages cannot be looked at", [lack], seeing);
  }
  const pages = silent.slice(0, 10).join(", ") + (silent.length > 10 ? " …" : "");
  const which = `${silent.length} of ${pdf.pageCount} pages (${pages})`;
  run.warn("file", `${name}: nothing is read of ${which}: no text layer, and ${lack.evidence}.`);
}

const seeing = "Use a model that sees, or pass ocr: true.";

function pictureOf(pdf: PdfDocument, page: number, reading: MaterialReading) {
  const { run, name } = reading;
  const maxEdge = run.client.target.media?.image?.maxEdge ?? usualEdge;
  return {
    identity: name,
    mediaTokens: pictureTokens(reading, { width: Math.round(maxEdge / Math.SQRT2), height: maxEdge }), // A4
    load: async () => {
      const { data, mediaType } = await pdf.picture(page, { maxEdge, signal: run.signal });
      return [{ type: "image" as const, mediaType, data }];
    },
  };
}
