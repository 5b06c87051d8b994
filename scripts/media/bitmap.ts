/** A Windows bitmap of 24 bits out of rows of red, green and blue: rows from bottom to top, each filled up to four bytes. */
export function bitmap({ width, height }: { width: number; height: number }, rgb: Uint8Array): Buffer {
  const rowLength = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + rowLength * height);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [red = 0, green = 0, blue = 0] = rgb.subarray((y * width + x) * 3);
      file.set([blue, green, red], 54 + (height - 1 - y) * rowLength + x * 3);
    }
  }
  return file;
}
