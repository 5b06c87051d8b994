import { InhouseError } from "../../core/error.ts";
import type { MediaFile } from "../../core/media-file.ts";
import type { Part } from "../../core/message.ts";
import { pictureOf, tokensOfPictures } from "./fit-picture.ts";
import { bytesOfParts, may, type FittedPart, type FitTarget } from "./fitted-part.ts";
import type { ToolPdf, ToolPicture } from "./media-tools.ts";

/** Most pages of a PDF, and the longest edge of a picture of one, where the caller does not say. */
const usualPages = 50;
const usualEdge = 1_540;

/** A text as it is, after its name. */
export async function fitText(file: MediaFile, target: FitTarget): Promise<FittedPart> {
  const text = await target.tools.decodeText(await file.bytes());
  const parts = [{ type: "text", text: file.name === undefined ? text : `[${file.name}]\n${text}` }] as const;
  return { parts, kind: "document", mediaType: "text/plain", sizeBytes: bytesOfParts(parts), changes: [] };
}

/** The pages of a PDF as text, as pictures, or both, each after its number. What is read of it is read page by page. */
export async function fitPdf(file: MediaFile, target: FitTarget): Promise<FittedPart> {
  const { tools, signal, fitting } = target;
  const { maxPages = usualPages } = fitting.pdf ?? {};
  const pdf = await tools.openPdf(await file.bytes(), signal);
  try {
    const pages = Math.min(pdf.pageCount, maxPages);
    const changes: string[] = [];
    const parts: Part[] = file.name === undefined ? [] : [{ type: "text", text: `[${file.name}]` }];
    const pictures: ToolPicture[] = [];
    const silent: number[] = [];
    for (let page = 1; page <= pages; page += 1) {
      signal.throwIfAborted();
      const { text, picture } = await fitPage(pdf, page, target);
      parts.push({ type: "text", text: `[page ${page}]${text === "" ? "" : `\n${text}`}` });
      if (picture) {
        pictures.push(picture);
        parts.push(pictureOf(picture));
      } else if (text === "") silent.push(page);
    }
    if (silent.length === pages) throw unreadable(target);
    if (silent.length > 0) {
      changes.push(`Nothing is sent of ${pagesIn(silent)}: no text layer, and no picture of a page is sent.`);
    }
    if (pages < pdf.pageCount) changes.push(`The first ${pages} of ${pdf.pageCount} pages are sent.`);
    return {
      parts,
      kind: "document",
      mediaType: "application/pdf",
      sizeBytes: bytesOfParts(parts),
      pages,
      ...(pictures.length > 0 ? await tokensOfPictures(pictures, target) : {}),
      changes,
    };
  } finally {
    await pdf.close();
  }
}

/** What is sent of a page; the text of a scan is none. */
async function fitPage(
  pdf: ToolPdf,
  page: number,
  target: FitTarget,
): Promise<{ readonly text: string; readonly picture?: ToolPicture }> {
  const { tools, signal, fitting } = target;
  const { as = "auto" } = fitting.pdf ?? {};
  const layer = as === "pictures" ? "" : await pdf.text(page);
  const scan = as !== "pictures" && (await tools.isScan(layer));
  const shown = as === "pictures" || as === "both" || (as === "auto" && scan && may(target, "image"));
  const text = scan && shown ? "" : layer.trim();
  if (!shown) return { text };
  const maxEdge = fitting.image?.maxEdge ?? usualEdge;
  return { text, picture: await pdf.picture(page, { maxEdge, signal }) };
}

function unreadable({ place, provider, capabilities }: FitTarget): InhouseError {
  const evidence = capabilities.image.supported === "no" ? ` (${capabilities.image.evidence})` : "";
  return new InhouseError("unsupported", `${place}: no page has a text layer, and no pictures are sent${evidence}.`, {
    provider: provider.name,
    hint: "Use a model that sees pictures, or read the pages with OCR first and send the text.",
  });
}

/** `page 3`, `pages 3, 4 and 12 others`. */
function pagesIn(pages: readonly number[]): string {
  const shown = pages.slice(0, 10).join(", ");
  const more = pages.length > 10 ? ` and ${pages.length - 10} others` : "";
  return `${pages.length === 1 ? "page" : "pages"} ${shown}${more}`;
}
