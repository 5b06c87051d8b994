import type { PdfLibrary, PdfPage } from "./load-pdf.ts";

/** A piece of text on a page, in points; x grows to the right and y downwards along the way in which it is read. */
export interface TextRun {
  readonly text: string;
  readonly x: number;
  /** Of the baseline. */
  readonly y: number;
  readonly width: number;
  /** Of the font. */
  readonly size: number;
  /** A space stands before it. */
  readonly spaced: boolean;
  readonly rightToLeft: boolean;
}

/** The runs of a page that are read in one direction. */
export interface RunGroup {
  readonly runs: readonly TextRun[];
  /** Of the page, along the lines. */
  readonly width: number;
}

/** What pdf.js says of a piece of text. */
interface Item {
  readonly str: string;
  readonly dir: string;
  readonly transform: readonly number[];
  readonly width: number;
}

/** Turns pieces into runs, in the page's own order: upright text first, then what is turned by a quarter, a half, three. */
export function textRuns(library: PdfLibrary, page: PdfPage, items: readonly Item[]): readonly RunGroup[] {
  const viewport = page.getViewport({ scale: 1 });
  const groups: TextRun[][] = [[], [], [], []];
  let spaced = false;
  for (const { str, dir, transform, width } of items) {
    const text = str.trim();
    if (text !== "") {
      const [a = 0, b = 0, c = 0, d = 0, x = 0, y = 0] = library.Util.transform(viewport.transform, [...transform]);
      const quarters = (Math.round(Math.atan2(b, a) / (Math.PI / 2)) + 4) % 4;
      const along = [x, y, -x, -y][quarters] ?? x;
      const down = [y, -x, -y, x][quarters] ?? y;
      groups[quarters]?.push({
        text,
        x: along,
        y: down,
        width,
        size: Math.hypot(c, d),
        spaced: spaced || /^\s/.test(str),
        rightToLeft: dir === "rtl",
      });
    }
    spaced = text === "" ? spaced || str !== "" : /\s$/.test(str);
  }
  const { width, height } = viewport;
  return groups.flatMap((runs, quarters) =>
    runs.length === 0 ? [] : [{ runs, width: quarters % 2 === 0 ? width : height }],
  );
}
