import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";

import { imageFacts, uprightSize } from "../../src/media/image-facts.ts";
import { picture } from "../support/pictures.ts";

const upright = { width: 120, height: 80, orientation: 1, animated: false, hasAlpha: false, cut: false };
const turned = { width: 80, height: 120, orientation: 6, animated: false, hasAlpha: false, cut: false };
const moving = { ...upright, animated: true, hasAlpha: true };

const files: readonly (readonly [name: string, mediaType: string, facts: typeof upright])[] = [
  ["corners.png", "image/png", { ...upright, hasAlpha: true }],
  ["corners-turned.png", "image/png", { ...turned, hasAlpha: true }],
  ["corners.jpg", "image/jpeg", upright],
  ["corners-turned.jpg", "image/jpeg", turned],
  ["corners-progressive.jpg", "image/jpeg", upright],
  ["corners.webp", "image/webp", upright],
  ["corners-lossless.webp", "image/webp", upright],
  ["corners-turned.webp", "image/webp", turned],
  ["corners-animated.webp", "image/webp", moving],
  ["corners.gif", "image/gif", { ...upright, hasAlpha: true }],
  ["corners-animated.gif", "image/gif", moving],
  ["corners.bmp", "image/bmp", upright],
  ["corners.tif", "image/tiff", upright],
  ["corners-turned.tif", "image/tiff", turned],
  ["drawing.png", "image/png", { ...upright, width: 300, height: 200, hasAlpha: true }],
];

describe("what a picture's head says", () => {
  test.each(files)("%s", (name, mediaType, facts) => {
    expect(imageFacts(picture(name))).toEqual({ mediaType, ...facts });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("EXIF's orientation %i, and the size it makes", async (orientation) => {
    const source = sharp(picture("corners.png")).withMetadata({ orientation });
    for (const bytes of await Promise.all([source.jpeg().toBuffer(), source.tiff().toBuffer()])) {
      const facts = imageFacts(bytes);
      expect(facts).toMatchObject({ orientation });
      const swapped = orientation >= 5;
      expect(facts && uprightSize(facts)).toEqual(swapped ? { width: 80, height: 120 } : { width: 120, height: 80 });
    }
  });

  test("alpha is told of each format that has it, and of no picture without", async () => {
    const [clear, opaque] = [0.5, 1].map((alpha) =>
      sharp({ create: { width: 9, height: 9, channels: 4, background: { r: 9, g: 9, b: 9, alpha } } }),
    );
    const forms = async (source = sharp()): Promise<readonly (boolean | undefined)[]> => {
      const written = [source.png(), source.png({ palette: true }), source.webp(), source.webp({ lossless: true })];
      return await Promise.all(written.map(async (file) => imageFacts(await file.clone().toBuffer())?.hasAlpha));
    };
    expect(await forms(clear)).toEqual([true, true, true, true]);
    expect(await forms(opaque?.removeAlpha())).toEqual([false, false, false, false]);
  });

  test("a number that EXIF does not know turns nothing", () => {
    const bytes = Buffer.from(picture("corners-turned.jpg"));
    const entry = bytes.indexOf(Buffer.from([0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0]));
    expect(entry).toBeGreaterThan(0);
    bytes[entry + 8] = 9;
    expect(imageFacts(bytes)).toMatchObject({ width: 80, orientation: 1 });
  });

  test("what stands between two segments of a JPEG is skipped", () => {
    const jpeg = picture("corners.jpg");
    const padded = Buffer.concat([
      jpeg.subarray(0, 2),
      Buffer.from([0xff, 0xff, 0xe5, 0, 2, 1, 2, 3]),
      jpeg.subarray(2),
    ]);
    expect(imageFacts(padded)).toMatchObject({ width: 120, height: 80 });
  });

  test.each([
    ["AVIF", picture("corners.avif")],
    ["a PDF", Buffer.from("%PDF-1.7\n")],
    ["nothing", Buffer.alloc(0)],
    ["a PNG without a width", Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x08", "latin1")],
    ["a PNG whose head is cut", picture("corners.png").subarray(0, 23)],
    ["a JPEG of its first two bytes", Buffer.from([0xff, 0xd8, 0xff])],
  ])("nothing of %s", (_, bytes) => {
    expect(imageFacts(bytes)).toBeUndefined();
  });

  test("a file that is one of many to come may lie anywhere in a larger buffer", () => {
    const bytes = picture("corners-turned.webp");
    const within = Buffer.concat([Buffer.from("other"), bytes, Buffer.from("other")]);
    expect(imageFacts(within.subarray(5, 5 + bytes.length))).toEqual({ mediaType: "image/webp", ...turned });
  });
});

describe("bad files", () => {
  const file = fc.constantFrom(...files.map(([name]) => name)).map((name) => picture(name));

  test("a file that is cut keeps its size or has none", () => {
    fc.assert(
      fc.property(file, fc.nat(), (bytes, place) => {
        const whole = imageFacts(bytes);
        const cut = imageFacts(bytes.subarray(0, place % bytes.length));
        if (cut) expect(cut).toMatchObject({ width: whole?.width, height: whole?.height, mediaType: whole?.mediaType });
      }),
      { numRuns: 1_000 },
    );
  });

  test("a file with other bytes in it gives a size or none, and never an error", () => {
    fc.assert(
      fc.property(file, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), (bytes, changes) => {
        const changed = Buffer.from(bytes);
        for (const [place, value] of changes) changed[place % Math.min(changed.length, 200)] = value;
        const facts = imageFacts(changed);
        if (facts) expect([facts.width, facts.height].every(Number.isInteger)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("garbage after a true signature neither throws nor loops", () => {
    const heads = files.map(([name]) => picture(name).subarray(0, 16));
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 4_096 }), (head, rest) => {
        imageFacts(Buffer.concat([head, rest]));
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    [
      "a PNG of empty chunks",
      "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\0\0\0\0",
      "\0\0\0\0IDAT\0\0\0\0",
    ],
    ["a JPEG of empty segments", "\xff\xd8", "\xff\xe1\0\x02"],
    ["a JPEG of fill bytes", "\xff\xd8", "\xff\xff\xff\xff"],
    ["a GIF of empty extensions", "GIF89a\x01\0\x01\0\0\0\0", "!\xfe\0"],
    ["a WebP of empty chunks", "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\0\0\0\0\0\0", "XXXX\0\0\0\0"],
  ])("%s of 16 MB is looked through in no time", (_, head, piece) => {
    const bytes = Buffer.concat([Buffer.from(head, "latin1"), Buffer.alloc(16_000_000, Buffer.from(piece, "latin1"))]);
    const startedAt = performance.now();
    imageFacts(bytes);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
