import { abortError, InhouseError, isInhouseError } from "../core/error.ts";
import { inTurn } from "./in-turn.ts";
import { loadPdf, openHandle, type PdfPage } from "./load-pdf.ts";
import { pagePicture, type PagePicture, type PagePictureOptions } from "./pdf-picture.ts";
import { pdfText } from "./pdf-text.ts";
import { sniff } from "./sniff.ts";

/** A PDF whose pages are read one at a time. */
export interface PdfDocument {
  readonly pageCount: number;
  /**
   * The text layer of a page, which are counted from 1: lines, a blank line between paragraphs, a tab between the cells of a row.
   * Empty where the page has none: see `isScan()`. `limit` where it holds more than 1,000,000 characters.
   */
  text(page: number): Promise<string>;
  /** A page as it is printed, on white. */
  picture(page: number, options?: PagePictureOptions): Promise<PagePicture>;
  /** Frees what the document holds. */
  close(): Promise<void>;
}

/** How many pages are read before what pdf.js keeps of them is freed: fonts are parsed anew after that. */
const pagesKept = 20;

/**
 * Opens a PDF with pdf.js, which needs the package `pdfjs-dist` (else `unsupported`). Pages are read when they are asked for, one at a time,
 * so that 5,000 cost no more memory than twenty. What is damaged is read as far as it can be. `invalid-request`: not a PDF, nothing
 * readable in it, or encrypted with another password than this (the empty one is tried too). The signal ends the reading between pages.
 */
export async function openPdf(bytes: Uint8Array, signal?: AbortSignal, password?: string): Promise<PdfDocument> {
  checkKind(bytes);
  throwIfAborted(signal);
  const library = await loadPdf();
  const handle = await openHandle(library, bytes, password);
  const turn = inTurn();
  let closed = false;
  let pagesRead = 0;

  async function read<T>(number: number, take: (page: PdfPage) => Promise<T>): Promise<T> {
    throwIfAborted(signal);
    if (closed) throw closedError();
    try {
      const page = await handle.getPage(number);
      const taken = await take(page);
      page.cleanup();
      pagesRead += 1;
      if (pagesRead % pagesKept === 0) await handle.cleanup();
      return taken;
    } catch (cause) {
      if (isInhouseError(cause)) throw cause;
      if (closed) throw closedError();
      throw new InhouseError("invalid-request", `Page ${number} of the PDF is damaged.`, {
        hint: "Leave the page out, or print the PDF anew.",
        cause,
      });
    }
  }

  async function onPage<T>(number: number, take: (page: PdfPage) => Promise<T>): Promise<T> {
    if (Number.isInteger(number) && number >= 1 && number <= handle.numPages) return turn(() => read(number, take));
    throw new InhouseError("invalid-request", `The PDF has pages 1 to ${handle.numPages}, and no page ${number}.`);
  }

  return {
    pageCount: handle.numPages,
    text: (number) => onPage(number, (page) => pdfText(library, page)),
    picture(number, options = {}) {
      const ends = [signal, options.signal].filter((end) => end !== undefined);
      return onPage(number, async (page) => pagePicture(handle, page, { ...options, signal: AbortSignal.any(ends) }));
    },
    async close() {
      closed = true;
      await handle.loadingTask.destroy();
    },
  };
}

const closedError = (): InhouseError => new InhouseError("closed", "The PDF was closed.", { hint: "Open it again." });

function checkKind(bytes: Uint8Array): void {
  const { mediaType } = sniff(bytes);
  if (mediaType === "application/pdf") return;
  const [message, hint] =
    bytes.length === 0
      ? ["The PDF is empty: it has 0 bytes.", "Was it copied completely?"]
      : [`This is no PDF: its content is ${mediaType}.`, "Give the file itself; its name does not make it a PDF."];
  throw new InhouseError("invalid-request", message, { hint });
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}
