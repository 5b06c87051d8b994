import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";

import { fitImage } from "../../src/media/fit-image.ts";
import { picture } from "../support/pictures.ts";

/** Red, green and blue in the middle of a small square in each corner: top left, top right, bottom left, bottom right. */
async function corners(data: Uint8Array): Promise<readonly string[]> {
  const image = sharp(data).flatten({ background: "white" }).toColourspace("srgb").removeAlpha();
  const { data: pixels, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const name = (x: number, y: number): string => {
    const [red = 0, green = 0, blue = 0] = pixels.subarray((y * info.width + x) * info.channels);
    const level = (value: number): string => (value > 200 ? "1" : value < 60 ? "0" : "?");
    return (
      { "100": "red", "001": "blue", "111": "white" }[[red, green, blue].map(level).join("")] ??
      `${red} ${green} ${blue}`
    );
  };
  const [right, bottom] = [info.width - 4, info.height - 4];
  return [name(3, 3), name(right, 3), name(3, bottom), name(right, bottom)];
}

const upright = ["red", "white", "white", "blue"];
const common = { mediaTypes: ["image/png", "image/jpeg"] };
/** A picture with the grain of a photograph. */
const photo = (width: number, height: number): Sharp =>
  sharp({
    create: { width, height, channels: 3, background: "grey", noise: { type: "gaussian", mean: 128, sigma: 40 } },
  });

describe("a picture that fits", () => {
  test.each([
    ["corners.png", common],
    ["corners.jpg", { ...common, maxEdge: 120, maxPixels: 9_600, maxBytes: 10_000 }],
    ["corners.webp", {}],
    ["corners.bmp", { mediaTypes: ["image/bmp"] }],
    ["corners.gif", {}],
    ["corners.tif", {}],
    ["corners.avif", {}],
  ])("%s within %j is returned as it is", async (name, budget) => {
    const bytes = picture(name);
    const fitted = await fitImage(bytes, budget);
    expect(fitted.data).toBe(bytes);
    expect(fitted).toMatchObject({ width: 120, height: 80, changes: [] });
  });
});

describe("a picture that is changed", () => {
  test.each([
    ["corners.png", [], "image/png"],
    ["corners-turned.png", ["turned by 90° as its EXIF says"], "image/png"],
    ["corners.jpg", [], "image/jpeg"],
    ["corners-turned.jpg", ["turned by 90° as its EXIF says"], "image/jpeg"],
    ["corners-progressive.jpg", [], "image/jpeg"],
    ["corners.webp", [], "image/png"],
    ["corners-lossless.webp", [], "image/png"],
    ["corners-turned.webp", ["turned by 90° as its EXIF says"], "image/png"],
    ["corners-animated.webp", ["reduced to the first of its frames"], "image/png"],
    ["corners.gif", [], "image/png"],
    ["corners-animated.gif", ["reduced to the first of its frames"], "image/png"],
    ["corners.tif", [], "image/png"],
    ["corners-turned.tif", ["turned by 90° as its EXIF says"], "image/png"],
    ["corners.avif", [], "image/jpeg"],
    ["corners.bmp", [], "image/png"],
  ])("%s becomes upright, still, half as large, and a PNG or JPEG", async (name, changes, mediaType) => {
    const fitted = await fitImage(picture(name), { ...common, maxEdge: 60 });
    const format = /\.(\w+)$/.exec(name)?.[1]?.replace("jpg", "jpeg").replace("tif", "tiff");
    expect(fitted).toMatchObject({ width: 60, height: 40, mediaType });
    expect(fitted.changes).toEqual([
      ...changes,
      "scaled from 120 × 80 to 60 × 40",
      ...(mediaType === `image/${format}` ? [] : [`converted from image/${format} to ${mediaType}`]),
    ]);
    expect(await sharp(fitted.data).metadata()).toMatchObject({ width: 60, height: 40, format: mediaType.slice(6) });
    expect(await corners(fitted.data)).toEqual(upright);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("EXIF's orientation %i is undone", async (orientation) => {
    const { width, height } = { width: 120, height: 80 };
    // sharp turns a picture as its EXIF says; the inverse of 6 is 8, all others are their own.
    const inverse = { 6: 8, 8: 6 }[orientation] ?? orientation;
    const stored = await sharp(await sharp(picture("corners.jpg")).withMetadata({ orientation: inverse }).toBuffer())
      .autoOrient()
      .png()
      .toBuffer();
    const fitted = await fitImage(await sharp(stored).withMetadata({ orientation }).jpeg().toBuffer(), common);
    expect(fitted).toMatchObject({ width, height });
    expect(fitted.changes).toHaveLength(orientation === 1 ? 0 : 1);
    expect(await corners(fitted.data)).toEqual(upright);
  });

  test("a photograph of a telephone is scaled as a model takes it", async () => {
    const bytes = await photo(4_032, 3_024).jpeg({ quality: 40 }).toBuffer();
    const fitted = await fitImage(bytes, { ...common, maxEdge: 1_540 });
    expect(fitted).toMatchObject({ width: 1_540, height: 1_155, mediaType: "image/jpeg" });
    expect(fitted.changes).toEqual(["scaled from 4032 × 3024 to 1540 × 1155"]);
  });

  test("a limit on pixels is not passed", async () => {
    const { width, height } = await fitImage(picture("drawing.png"), { maxPixels: 10_000 });
    expect(width * height).toBeLessThanOrEqual(10_000);
    expect(width * height).toBeGreaterThan(9_700);
    expect(width / height).toBeCloseTo(1.5, 1);
  });

  test("a very long picture keeps a pixel", async () => {
    const bytes = await photo(4_000, 2).png().toBuffer();
    expect(await fitImage(bytes, { maxEdge: 100 })).toMatchObject({ width: 100, height: 1 });
  });

  test("its metadata are gone, and its colours are sRGB", async () => {
    const bytes = await photo(200, 100)
      .withExif({ IFD0: { Copyright: "Jane", Artist: "Jane" } })
      .withIccProfile("p3")
      .jpeg()
      .toBuffer();
    expect((await sharp(bytes).metadata()).exif?.includes("Jane")).toBe(true);
    const { data } = await fitImage(bytes, { maxEdge: 50 });
    const { exif, icc, space } = await sharp(data).metadata();
    expect({ exif, icc, space }).toEqual({ exif: undefined, icc: undefined, space: "srgb" });
  });

  test("CMYK becomes what a server reads", async () => {
    const bytes = await sharp(picture("corners.png"))
      .removeAlpha()
      .toColourspace("cmyk")
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe("cmyk");
    const { data } = await fitImage(bytes, { maxEdge: 60 });
    expect((await sharp(data).metadata()).space).toBe("srgb");
  });
});

describe("the format", () => {
  test("of a drawing that one can see through is PNG", async () => {
    const { mediaType, data } = await fitImage(picture("drawing.png"), { ...common, maxEdge: 150 });
    expect(mediaType).toBe("image/png");
    expect((await sharp(data).stats()).isOpaque).toBe(false);
  });

  test("of such a drawing is JPEG on white where PNG is not taken", async () => {
    const { mediaType, changes, data } = await fitImage(picture("drawing.png"), { mediaTypes: ["image/jpeg"] });
    expect(mediaType).toBe("image/jpeg");
    expect(changes).toEqual(["converted from image/png to image/jpeg", "put on white where one could see through it"]);
    expect(await corners(data)).toEqual(["white", "white", "white", "white"]);
  });

  test("of a photograph is JPEG, whatever it was", async () => {
    const bytes = await photo(400, 300).png().toBuffer();
    const { mediaType, changes } = await fitImage(bytes, { ...common, maxEdge: 200 });
    expect(mediaType).toBe("image/jpeg");
    expect(changes).toEqual(["scaled from 400 × 300 to 200 × 150", "converted from image/png to image/jpeg"]);
  });

  test("is WebP where nothing else is taken", async () => {
    const { mediaType, data } = await fitImage(picture("corners.jpg"), { mediaTypes: ["image/webp"] });
    expect(mediaType).toBe("image/webp");
    expect(await corners(data)).toEqual(upright);
  });
});

describe("a server that looks at colours alone", () => {
  const opaqueOnly = { ...common, opaqueOnly: true };

  test("gets a drawing on white", async () => {
    const { mediaType, changes, data } = await fitImage(picture("drawing.png"), opaqueOnly);
    expect([mediaType, changes]).toEqual(["image/png", ["put on white where one could see through it"]]);
    expect((await sharp(data).stats()).isOpaque).toBe(true);
    expect(await corners(await sharp(data).removeAlpha().png().toBuffer())).toEqual(Array(4).fill("white"));
  });

  test("gets as it is what has a channel for transparency and no use for it", async () => {
    const bytes = picture("corners.png");
    expect((await sharp(bytes).metadata()).hasAlpha).toBe(true);
    expect((await fitImage(bytes, opaqueOnly)).data).toBe(bytes);
  });

  test("gets what has to be scaled without the words about white, where all of it is opaque", async () => {
    const { changes } = await fitImage(picture("corners.png"), { ...opaqueOnly, maxEdge: 60 });
    expect(changes).toEqual(["scaled from 120 × 80 to 60 × 40"]);
  });
});

describe("a limit on bytes", () => {
  test.each([100_000, 20_000, 8_000])("of %i is kept", async (maxBytes) => {
    const bytes = await photo(1_000, 800).png().toBuffer();
    const { data, changes, mediaType } = await fitImage(bytes, { ...common, maxBytes });
    expect(data.length).toBeLessThanOrEqual(maxBytes);
    expect(data.length).toBeGreaterThan(maxBytes / 4);
    expect(mediaType).toBe("image/jpeg");
    expect(changes.at(-1)).toBe(`compressed from ${bytes.length} to ${data.length} bytes`);
  });

  test("that no picture keeps is an error", async () => {
    await expect(fitImage(picture("corners.jpg"), { maxBytes: 50 })).rejects.toMatchObject({
      code: "limit",
      message: "The picture cannot be made to fit into 50 bytes.",
    });
  });
});
