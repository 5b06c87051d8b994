import { readFileSync } from "node:fs";

import { expect, onTestFinished, test } from "vitest";

import { words, writePdf } from "../../scripts/media/pdf-writer.ts";
import { openPdf, type PdfDocument } from "../../src/media/pdf.ts";
import { sniff } from "../../src/media/sniff.ts";

async function opened(bytes: Uint8Array): Promise<PdfDocument> {
  const document = await openPdf(bytes);
  onTestFinished(() => document.close());
  return document;
}

/** Width and height in the header of a PNG. */
const sizeOf = (png: Uint8Array): readonly number[] => [16, 20].map((place) => Buffer.from(png).readUInt32BE(place));

test("a page is drawn on white with 1,540 pixels on its longer edge", async () => {
  const document = await opened(readFileSync(new URL("../fixtures/media/manual.pdf", import.meta.url)));
  const { data, mediaType, width, height } = await document.picture(1);
  expect([sniff(data).mediaType, mediaType, width, height]).toEqual(["image/png", "image/png", 1_088, 1_540]);
  expect(sizeOf(data)).toEqual([1_088, 1_540]);
  const small = await document.picture(1, { maxEdge: 400 });
  expect(sizeOf(small.data)).toEqual([282, 400]);
});

test.each([
  ["a sheet of five metres", [14_400, 14_400], [1_540, 1_540]],
  ["a strip", [14_400, 3], [1_540, 1]],
  ["a stamp, at 300 dots an inch at most", [72, 72], [300, 300]],
] as const)("%s is as bounded", async (_, size, expected) => {
  const document = await opened(writePdf([{ content: words(1, 1, 10, "x"), size }]));
  const { width, height } = await document.picture(1);
  expect([width, height]).toEqual(expected);
});

test.each([0, -5, 1.5, 8_193])("an edge of %s pixels is refused", async (maxEdge) => {
  const document = await opened(writePdf([{ content: "" }]));
  await expect(document.picture(1, { maxEdge })).rejects.toMatchObject({
    code: "invalid-request",
    message: "maxEdge must be a whole number from 1 to 8192.",
  });
});

test("a page is not drawn after the signal, and another is", async () => {
  const document = await opened(writePdf([{ content: words(50, 700, 10, "x") }]));
  const end = new AbortController();
  const refused = document.picture(1, { signal: end.signal }).catch((error: unknown) => error);
  end.abort();
  expect(await refused).toMatchObject({ code: "abort" });
  expect((await document.picture(1)).height).toBe(1_540);
});
