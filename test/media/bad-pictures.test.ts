import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";

import { isInhouseError } from "../../src/core/error.ts";
import { fitImage } from "../../src/media/fit-image.ts";
import { blankPng } from "../support/blank-png.ts";
import { picture } from "../support/pictures.ts";

const common = { mediaTypes: ["image/png", "image/jpeg"] };
const small = { ...common, maxEdge: 60 };

describe("what is no picture", () => {
  test.each([
    ["nothing", Buffer.alloc(0), "The picture is empty: it has 0 bytes."],
    [
      "a PDF",
      Buffer.from("%PDF-1.7\n%\xe2\xe3", "latin1"),
      "This is no picture: by its content it is application/pdf.",
    ],
    ["a drawing in SVG", Buffer.from("<svg/>"), "This is no picture: by its content it is text/plain."],
    ["zeros", Buffer.alloc(64), "This is no picture: its first bytes are of no known format."],
  ])("%s", async (_, bytes, message) => {
    await expect(fitImage(bytes, common)).rejects.toMatchObject({ code: "invalid-request", message });
  });

  test("a picture with the wrong name is what its content says", async () => {
    const { mediaType, changes } = await fitImage(picture("corners.webp"), { mediaTypes: ["image/png"] });
    expect([mediaType, changes]).toEqual(["image/png", ["converted from image/webp to image/png"]]);
  });
});

describe("a picture that is cut", () => {
  const names = ["corners.png", "corners.jpg", "corners-progressive.jpg", "corners.gif", "corners.webp", "corners.bmp"];

  test.each(names)("%s, although nothing has to be done to it", async (name) => {
    const bytes = picture(name);
    await expect(fitImage(bytes.subarray(0, bytes.length * 0.9), {})).rejects.toMatchObject({
      code: "invalid-request",
      message: expect.stringMatching(/^The picture \(image\/\w+\) is cut: its end is missing\.$/) as string,
      hint: "Read, copy or upload the file once more.",
    });
  });

  test.each([...names, "corners.tif", "corners.avif", "corners-animated.gif", "corners-animated.webp", "drawing.png"])(
    "%s, wherever it is cut, is an error that says so, or the whole picture",
    async (name) => {
      const bytes = picture(name);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
          const error = await fitImage(bytes.subarray(0, length), small).then(
            () => undefined,
            (reason: unknown) => reason,
          );
          if (error !== undefined) expect(isInhouseError(error) && error.code).toBe("invalid-request");
        }),
        { numRuns: 25 },
      );
    },
  );

  test("a picture with other bytes in its middle is a typed error or a picture", async () => {
    const name = fc.constantFrom(...names, "corners.tif", "corners.avif", "corners-turned.jpg", "drawing.png");
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(name, changes, async (file, places) => {
        const bytes = picture(file);
        for (const [place, value] of places) bytes[place % bytes.length] = value;
        try {
          const { data, width, height } = await fitImage(bytes, { ...small, maxPixels: 1_000_000 });
          expect(Math.max(width, height)).toBeLessThanOrEqual(60);
          expect(data.length).toBeGreaterThan(0);
        } catch (error) {
          if (!isInhouseError(error)) throw error;
          expect(["invalid-request", "limit", "unsupported"]).toContain(error.code);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("a picture that is too large", () => {
  test("20,000 × 20,000 is refused by its head, and says what is read", async () => {
    const bytes = blankPng(20_000, 20_000);
    expect(bytes.length).toBeLessThan(300_000);
    const startedAt = performance.now();
    await expect(fitImage(bytes, small)).rejects.toMatchObject({
      code: "limit",
      message: "The picture has 20000 × 20000 pixels, more than the 268402689 that are read.",
    });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  test("16,000 × 16,000 is scaled, and never held in memory", async () => {
    const bytes = blankPng(16_000, 16_000);
    const before = process.resourceUsage().maxRSS;
    const { data, changes } = await fitImage(bytes, { ...common, maxEdge: 1_024 });
    const megabytes = (process.resourceUsage().maxRSS - before) / 1_024;
    expect(megabytes).toBeLessThan(250);
    expect(changes).toEqual(["scaled from 16000 × 16000 to 1024 × 1024"]);
    expect(await sharp(data).metadata()).toMatchObject({ width: 1_024, height: 1_024 });
  });

  test.each([
    ["JPEG", 70_000],
    ["WebP", 20_000],
  ])("too long for %s is refused for that", async (format, width) => {
    const mediaTypes = [`image/${format.toLowerCase()}`];
    await expect(fitImage(blankPng(width, 4), { mediaTypes })).rejects.toMatchObject({
      code: "limit",
      message: expect.stringContaining("too long for") as string,
    });
  });

  test("as long as only PNG can have it becomes a PNG", async () => {
    const bytes = await sharp(blankPng(70_000, 4)).tiff({ compression: "lzw" }).toBuffer();
    const { mediaType, width } = await fitImage(bytes, common);
    expect([mediaType, width]).toEqual(["image/png", 70_000]);
  });

  test("a head that claims more than the file holds costs no memory", async () => {
    const bytes = picture("corners.gif");
    bytes.writeUInt16LE(65_535, 6);
    bytes.writeUInt16LE(65_535, 8);
    await expect(fitImage(bytes, small)).rejects.toMatchObject({ code: "limit" });
  });
});

describe("a picture that cannot be read here", () => {
  test("HEIC says what to do", async () => {
    await expect(fitImage(picture("corners.heic"), common)).rejects.toMatchObject({
      code: "unsupported",
      message: "Pictures of this form of image/heic cannot be read here.",
      hint: "Save it as JPEG or PNG before.",
    });
  });

  test("so does a packed bitmap", async () => {
    const bytes = picture("corners.bmp");
    bytes.writeUInt32LE(1, 30);
    await expect(fitImage(bytes, common)).rejects.toMatchObject({ code: "unsupported" });
  });

  test("so does a server that takes nothing that can be written", async () => {
    await expect(fitImage(picture("corners.jpg"), { mediaTypes: ["image/tiff"] })).rejects.toMatchObject({
      code: "unsupported",
      message:
        "A picture (image/jpeg, 120 × 80) has to be converted from image/jpeg to another format, and the server takes image/tiff.",
    });
  });
});

describe("an abort", () => {
  test("before ends it before anything is read", async () => {
    await expect(fitImage(picture("corners.png"), small, AbortSignal.abort("gone"))).rejects.toMatchObject({
      code: "abort",
      cause: "gone",
    });
  });

  test("ends it between two steps", async () => {
    const controller = new AbortController();
    const fitting = fitImage(picture("corners.png"), small, controller.signal);
    controller.abort();
    await expect(fitting).rejects.toMatchObject({ code: "abort", name: "AbortError" });
  });
});
