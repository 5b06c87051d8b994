import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import type * as pdf from "pdfjs-dist/legacy/build/pdf.mjs";

import { InhouseError, isInhouseError } from "../core/error.ts";
import { keepingBuiltIns } from "./built-ins.ts";
import { missingPeer, optionalPeer } from "./optional-peer.ts";

/** pdf.js, as `pdfjs-dist` has it for Node. */
export type PdfLibrary = typeof pdf;

/** A document of pdf.js. */
export type PdfHandle = Awaited<ReturnType<PdfLibrary["getDocument"]>["promise"]>;

/** A page of pdf.js. */
export type PdfPage = Awaited<ReturnType<PdfHandle["getPage"]>>;

/** What installs pdf.js: the last one that declares Node 20. */
const install = "pdfjs-dist@5.6.205";

/**
 * Most pixels of a picture inside a page. pdf.js needs four bytes for each; it leaves a larger picture out.
 * An A0 sheet at 300 dots per inch has 139 million.
 */
export const maxPicturePixels = 150_000_000;

/**
 * Loads pdf.js when the first PDF is opened. `unsupported` where `pdfjs-dist` is not installed, or is without the
 * `@napi-rs/canvas` that npm installs with it unless told to omit what is optional.
 */
export async function loadPdf(): Promise<PdfLibrary> {
  try {
    return await optionalPeer(() => keepingBuiltIns(importPdf), "Reading a PDF", install);
  } catch (cause) {
    // pdf.js makes a DOMMatrix as it is loaded, and has it of the canvas.
    if (!(cause instanceof ReferenceError && cause.message.includes("DOMMatrix"))) throw cause;
    throw missingPeer("Reading a PDF needs @napi-rs/canvas, which is not installed.", "@napi-rs/canvas@0.1", cause);
  }
}

/** Bundlers (Next.js 16) fail for a package that is not there, but in a `try`. */
async function importPdf(): Promise<PdfLibrary> {
  try {
    return await import("pdfjs-dist/legacy/build/pdf.mjs");
  } catch (cause) {
    return Promise.reject(cause);
  }
}

/**
 * Opens a document. Fonts, character maps and decoders are those of the package on this disk: nothing is fetched, no code of the
 * document is run, and no process is started. A file whose end is missing is read as far as it goes.
 */
export async function openHandle(library: PdfLibrary, bytes: Uint8Array, password?: string): Promise<PdfHandle> {
  try {
    // pdf.js takes the memory of what it is given away from the caller.
    return await opened(library, new Uint8Array(bytes), password);
  } catch (cause) {
    const whole = cause instanceof Error && cause.name === "InvalidPDFException" ? withTrailer(bytes) : undefined;
    if (whole)
      return opened(library, whole, password).catch((error: unknown) => Promise.reject(openingError(error, password)));
    throw openingError(cause, password);
  }
}

async function opened(library: PdfLibrary, data: Uint8Array, password?: string): Promise<PdfHandle> {
  const task = openingTask(library, data, password);
  try {
    return await task.promise;
  } catch (cause) {
    await task.destroy();
    throw cause;
  }
}

function openingTask(library: PdfLibrary, data: Uint8Array, password?: string): PdfHandle["loadingTask"] {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
    return library.getDocument({
      data,
      ...(password !== undefined && { password }),
      cMapUrl: join(folder, "cmaps", "/"),
      standardFontDataUrl: join(folder, "standard_fonts", "/"),
      wasmUrl: join(folder, "wasm", "/"),
      iccUrl: join(folder, "iccs", "/"),
      isEvalSupported: false,
      useSystemFonts: false,
      maxImageSize: maxPicturePixels,
      verbosity: 0,
    });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    // Version 6 needs what Node 22 has.
    throw missingPeer(`pdfjs-dist ${library.version} does not run on this Node.`, install, cause);
  }
}

/** A cut file with an end that names its catalogue, which pdf.js does not look for; `undefined` where it holds none. */
function withTrailer(bytes: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const catalogue = /(\d+ \d+) obj\s*<<(?:(?!endobj)[^])*?\/Type\s*\/Catalog\b/.exec(text)?.[1];
  if (catalogue === undefined) return undefined;
  return new Uint8Array(Buffer.concat([bytes, Buffer.from(`\nendobj\ntrailer\n<< /Root ${catalogue} R >>\n%%EOF\n`)]));
}

function openingError(cause: unknown, password: string | undefined): InhouseError {
  if (isInhouseError(cause)) return cause;
  if (cause instanceof Error && cause.name === "PasswordException") {
    const message =
      password === undefined
        ? "The PDF is encrypted, and opens with a password only."
        : "The password does not open the PDF.";
    return new InhouseError("invalid-request", message, {
      hint: "Pass its password, or save it without one: qpdf --decrypt --password=… in.pdf out.pdf",
      cause,
    });
  }
  return new InhouseError("invalid-request", "The PDF is damaged: no page of it can be read.", {
    hint: "Is the file complete? Open it in a viewer, and save or print it anew.",
    cause,
  });
}
