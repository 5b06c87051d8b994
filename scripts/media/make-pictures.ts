/**
 * Draws the pictures of the tests into test/fixtures/media, in every format that is read: a white sheet of 120 × 80 with a
 * red corner at the top left and a blue one at the bottom right. Run by hand; the HEIC needs `heif-enc` (apt install
 * libheif-examples), as sharp's own build writes none.
 *
 *     npx tsx scripts/media/make-pictures.ts
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import sharp, { type Sharp } from "sharp";

import { bitmap } from "./bitmap.ts";

const folder = fileURLToPath(new URL("../../test/fixtures/media/", import.meta.url));
mkdirSync(folder, { recursive: true });

const size = { width: 120, height: 80 };

function sheet(first: string, second: string): Sharp {
  const corner = (
    width: number,
    height: number,
    background: string,
  ): { width: number; height: number; channels: 3; background: string } => ({ width, height, channels: 3, background });
  return sharp({ create: corner(size.width, size.height, "white") }).composite([
    { input: { create: corner(40, 20, first) }, gravity: "northwest" },
    { input: { create: corner(30, 30, second) }, gravity: "southeast" },
  ]);
}

const upright = await sheet("red", "blue").png().toBuffer();
/** Stored so that it must be turned by 90° clockwise, as a telephone stores what it took upright. */
const turned = await sharp(upright).rotate(270).png().toBuffer();
const other = await sheet("lime", "black").png().toBuffer();
/** Lines on nothing: alpha and few colours. */
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><path d="M20 180 L150 20 L280 180 Z" fill="none" stroke="black" stroke-width="3"/><circle cx="150" cy="120" r="40" fill="none" stroke="red" stroke-width="2"/></svg>`;

async function write(name: string, picture: Sharp | Buffer): Promise<void> {
  const bytes = Buffer.isBuffer(picture) ? picture : await picture.toBuffer();
  writeFileSync(join(folder, name), bytes);
  console.log(`${name}: ${bytes.length} bytes`);
}

await write("corners.png", upright);
await write("corners-turned.png", sharp(turned).withMetadata({ orientation: 6 }).png());
await write("corners.jpg", sharp(upright).jpeg());
await write("corners-turned.jpg", sharp(turned).withMetadata({ orientation: 6 }).jpeg());
await write("corners-progressive.jpg", sharp(upright).jpeg({ progressive: true }));
await write("corners.webp", sharp(upright).webp());
await write("corners-lossless.webp", sharp(upright).webp({ lossless: true }));
await write("corners-turned.webp", sharp(turned).withMetadata({ orientation: 6 }).webp());
await write("corners.gif", sharp(upright).gif());
await write("corners-animated.gif", sharp([upright, other], { join: { animated: true } }).gif({ delay: [100, 100] }));
await write("corners-animated.webp", sharp([upright, other], { join: { animated: true } }).webp({ delay: [100, 100] }));
await write("corners.tif", sharp(upright).tiff({ compression: "lzw" }));
await write("corners-turned.tif", sharp(turned).withMetadata({ orientation: 6 }).tiff({ compression: "lzw" }));
await write("corners.avif", sharp(upright).avif());
await write("corners.bmp", bitmap(size, await sharp(upright).removeAlpha().raw().toBuffer()));
await write("drawing.png", sharp(Buffer.from(drawing)).png({ palette: true }));
execFileSync("heif-enc", [join(folder, "corners.png"), "-o", join(folder, "corners.heic")]);
