import { checkOptions } from "../core/check-options.ts";
import { abortError, InhouseError, isInhouseError } from "../core/error.ts";
import { inTurn } from "./in-turn.ts";
import { damaged, languageData, threadScript } from "./ocr-data.ts";
import { ocrThread, type OcrThread } from "./ocr-thread.ts";
import { sniff } from "./sniff.ts";

/** In which languages text in pictures is read. */
export interface OcrOptions {
  /** Tesseract's names of the languages, the likeliest first: `eng`, `deu`, `chi_sim`. Default `["eng"]`. */
  readonly languages?: readonly string[];
  /**
   * A folder with `<language>.traineddata`, or that with `.gz`, for each: `/usr/share/tesseract-ocr/5/tessdata` on Debian.
   * Default: the packages `@tesseract.js-data/<language>`.
   */
  readonly dataFolder?: string;
}

/** Reads text in pictures. */
export interface Ocr {
  /**
   * The text in a picture (PNG, JPEG, BMP, WebP): a line for a line, a blank line between blocks. Pictures are read one at a time, in a thread
   * beside the program's own. The signal ends that at once. `invalid-request` where the picture cannot be read.
   */
  read(picture: Uint8Array, signal?: AbortSignal): Promise<string>;
  /** Ends the thread; what is being read rejects with `closed`. */
  close(): Promise<void>;
}

const known = { languages: true, dataFolder: true };

/**
 * Starts Tesseract, compiled to WebAssembly, in a thread: `tesseract.js` and language data that stand on this machine. Nothing is fetched
 * and nothing written to disk. `unsupported` where a package or a language is missing; its hint is the command that installs them.
 */
export async function openOcr(options: OcrOptions = {}, signal?: AbortSignal): Promise<Ocr> {
  checkOptions("openOcr", options, known);
  const { languages = ["eng"], dataFolder } = options;
  checkLanguages(languages);
  const script = threadScript(languages);
  const data = await Promise.all(languages.map((code) => languageData(code, languages, dataFolder)));
  const turn = inTurn();
  let closed = false;
  let thread: OcrThread | undefined;

  async function start(): Promise<OcrThread> {
    const started = ocrThread(script);
    thread = started;
    await started.ask("load", { options: { lstmOnly: true } });
    try {
      await started.ask("loadLanguage", { langs: data, options: { cacheMethod: "none", lstmOnly: true } });
      await started.ask("initialize", { langs: languages.join("+"), oem: lstmEngine });
    } catch (cause) {
      throw closed || signal?.aborted ? cause : damaged(languages, cause);
    }
    return started;
  }

  async function drop(): Promise<void> {
    const dropped = thread;
    thread = undefined;
    await dropped?.end();
  }

  /** Runs work that ends with the signal, and with it the thread: a thread that computes hears nothing else. */
  async function until<T>(end: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (closed) throw closedError();
    if (end?.aborted) throw abortError(end);
    const onAbort = (): void => void drop();
    end?.addEventListener("abort", onAbort, { once: true });
    try {
      return await work();
    } catch (cause) {
      await drop();
      if (closed) throw closedError();
      throw end?.aborted ? abortError(end) : cause;
    } finally {
      end?.removeEventListener("abort", onAbort);
    }
  }

  await until(signal, start);
  return {
    read: (picture, end) => turn(() => until(end, async () => recognized(thread ?? (await start()), picture))),
    async close() {
      closed = true;
      await drop();
    },
  };
}

/** The neural engine of Tesseract, the only one that this data has. */
const lstmEngine = 1;

async function recognized(thread: OcrThread, picture: Uint8Array): Promise<string> {
  try {
    const answer = await thread.ask("recognize", { image: picture, options: {}, output: { text: true } });
    return (answer as { readonly text: string }).text.trim();
  } catch (cause) {
    if (isInhouseError(cause)) throw cause;
    const message = `The picture could not be read: ${picture.length} bytes of ${sniff(picture).mediaType}.`;
    throw new InhouseError("invalid-request", message, { hint: "Give a PNG or a JPEG.", cause });
  }
}

function checkLanguages(languages: readonly string[]): void {
  const isList = Array.isArray(languages) && languages.length > 0;
  if (isList && languages.every((code) => /^[a-z]{3}(_[a-z]+)*$/i.test(code))) return;
  throw new InhouseError("invalid-request", "openOcr: languages must be a list of Tesseract's names.", {
    hint: 'Such as ["eng"], or ["deu", "eng"] for German with some English in it.',
  });
}

const closedError = (): InhouseError => new InhouseError("closed", "The OCR was closed.", { hint: "Open it again." });
