const startOfScan = 0xda;
const endOfImage = 0xd9;

/** JPEGs that follow one another, each by itself. One that is not whole is left out. */
export function splitJpegs(bytes: Uint8Array): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = endOf(bytes, start);
    if (end === undefined) break;
    found.push(bytes.slice(start, end));
    start = end;
  }
  return found;
}

/** Where the JPEG that begins at a place ends; its parts are walked, since their content may look like an end. */
function endOf(bytes: Uint8Array, start: number): number | undefined {
  if (bytes[start] !== 0xff || bytes[start + 1] !== 0xd8) return undefined;
  for (let place = start + 2; place + 1 < bytes.length;) {
    const marker = bytes[place + 1] ?? 0;
    if (bytes[place] !== 0xff) return undefined;
    if (marker === endOfImage) return place + 2;
    place += 2 + ((bytes[place + 2] ?? 0) << 8) + (bytes[place + 3] ?? 0);
    if (marker === startOfScan) while (place < bytes.length && !isMarker(bytes, place)) place += 1;
  }
  return undefined;
}

/** In what was scanned, 0xFF stands before a 0 or a restart where no part begins. */
function isMarker(bytes: Uint8Array, place: number): boolean {
  const next = bytes[place + 1] ?? 0;
  return bytes[place] === 0xff && next !== 0 && (next < 0xd0 || next > 0xd7);
}
