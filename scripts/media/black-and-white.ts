import { inflateSync } from "node:zlib";

import type { Scan } from "./pdf-writer.ts";

/** What a scanner of black and white makes of a PNG with 8 bits a colour and no interlacing: a pixel is white or black. */
export function blackAndWhite(png: Uint8Array): Scan {
  const file = Buffer.from(png);
  const width = file.readUInt32BE(16);
  const height = file.readUInt32BE(20);
  const channels = file[25] === 6 ? 4 : 3;
  const rowBytes = width * channels;
  const data = inflateSync(Buffer.concat(chunks(file, "IDAT")));
  const bits = new Uint8Array(Math.ceil(width / 8) * height);
  let above = Buffer.alloc(rowBytes);
  for (let y = 0; y < height; y++) {
    const start = y * (rowBytes + 1);
    const row = unfiltered(data[start] ?? 0, data.subarray(start + 1, start + 1 + rowBytes), above, channels);
    for (let x = 0; x < width; x++) {
      const place = y * Math.ceil(width / 8) + (x >> 3);
      if ((row[x * channels + 1] ?? 0) >= 128) bits[place] = (bits[place] ?? 0) | (0x80 >> (x & 7));
    }
    above = row;
  }
  return { width, height, bits };
}

function chunks(file: Buffer, type: string): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let place = 8; place < file.length; place += 12 + file.readUInt32BE(place)) {
    const length = file.readUInt32BE(place);
    if (file.toString("latin1", place + 4, place + 8) === type)
      found.push(file.subarray(place + 8, place + 8 + length));
  }
  return found;
}

/** A row of bytes from what PNG writes of it, which is the difference to what it expects. */
function unfiltered(filter: number, row: Buffer, above: Buffer, channels: number): Buffer<ArrayBuffer> {
  const result = Buffer.alloc(row.length);
  for (let x = 0; x < row.length; x++) {
    const left = result[x - channels] ?? 0;
    const up = above[x] ?? 0;
    const upLeft = above[x - channels] ?? 0;
    const expected = [0, left, up, (left + up) >> 1, nearest(left, up, upLeft)][filter] ?? 0;
    result[x] = (row[x] ?? 0) + expected;
  }
  return result;
}

function nearest(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft);
  const toUp = Math.abs(left - upLeft);
  const toBoth = Math.abs(left + up - 2 * upLeft);
  if (toLeft <= toUp && toLeft <= toBoth) return left;
  return toUp <= toBoth ? up : upLeft;
}
