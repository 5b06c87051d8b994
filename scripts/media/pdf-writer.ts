import { deflateSync } from "node:zlib";

/** A page of a PDF: what is drawn on it, and a picture that fills it. */
export interface PageDrawing {
  /** Operators of PDF's content streams; `words()` writes those of a line. */
  readonly content: string;
  readonly picture?: Scan;
  /** Width and height in points. Default A4. */
  readonly size?: readonly [width: number, height: number];
}

/** A picture in black and white: one bit a pixel, rows filled up to whole bytes, white is 1. */
export interface Scan {
  readonly width: number;
  readonly height: number;
  readonly bits: Uint8Array;
}

/** The operators that write a line of Latin-1 with its baseline's left end at a place, in points from the page's lower left corner. */
export function words(x: number, y: number, size: number, text: string, font: "regular" | "bold" = "regular"): string {
  const escaped = text.replace(/[\\()]/g, "\\$&");
  return `BT /${font === "bold" ? "F2" : "F1"} ${size} Tf ${x} ${y} Td (${escaped}) Tj ET\n`;
}

/** Writes a PDF with Helvetica, which is not in the file, as PDF 1.4 allows. */
export function writePdf(pages: readonly PageDrawing[]): Buffer {
  const objects: Buffer[] = [];
  const add = (text: string, data?: Uint8Array): string => {
    const stream = data ? [Buffer.from("\nstream\n"), data, Buffer.from("\nendstream")] : [];
    objects.push(Buffer.concat([Buffer.from(text, "latin1"), ...stream]));
    return `${objects.length} 0 R`;
  };
  add("<< /Type /Catalog /Pages 2 0 R >>");
  add(""); // the list of the pages, known at the end
  const font = (name: string): string =>
    add(`<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`);
  const fonts = `<< /F1 ${font("Helvetica")} /F2 ${font("Helvetica-Bold")} >>`;
  const kids = pages.map(({ content, picture, size: [width, height] = [595, 842] }) => {
    const drawn = picture ? `${content}q ${width} 0 0 ${height} 0 0 cm /Scan Do Q\n` : content;
    const data = deflateSync(Buffer.from(drawn, "latin1"));
    const body = add(`<< /Length ${data.length} /Filter /FlateDecode >>`, data);
    const pictures = picture ? ` /XObject << /Scan ${addScan(add, picture)} >>` : "";
    const box = `/MediaBox [0 0 ${width} ${height}]`;
    return add(`<< /Type /Page /Parent 2 0 R ${box} /Resources << /Font ${fonts}${pictures} >> /Contents ${body} >>`);
  });
  objects[1] = Buffer.from(`<< /Type /Pages /Count ${kids.length} /Kids [${kids.join(" ")}] >>`);
  return withTable(objects);
}

function addScan(add: (text: string, data: Uint8Array) => string, { width, height, bits }: Scan): string {
  const data = deflateSync(bits, { level: 9 });
  const form = `/Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 1`;
  return add(`<< /Type /XObject /Subtype /Image ${form} /Length ${data.length} /Filter /FlateDecode >>`, data);
}

/** The file of the objects: header, objects, the table of where they are, trailer. */
function withTable(objects: readonly Buffer[]): Buffer {
  const parts = [Buffer.from("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "latin1")];
  let place = parts[0]?.length ?? 0;
  const places = objects.map((object, index) => {
    const part = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from("\nendobj\n")]);
    parts.push(part);
    place += part.length;
    return place - part.length;
  });
  const rows = places.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const count = objects.length + 1;
  const trailer = `trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${place}\n%%EOF\n`;
  parts.push(Buffer.from(`xref\n0 ${count}\n0000000000 65535 f \n${rows}${trailer}`));
  return Buffer.concat(parts);
}
