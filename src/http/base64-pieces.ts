/** Bytes of one piece: a multiple of 3, so that the pieces join without padding. Their base64 has 64 KiB. */
const pieceBytes = 49_152;
/** Pieces that exist at a time. */
const buffers = 4;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The two characters of each twelve bits, in the order in which they are written. */
function pairsOfCharacters(): Uint16Array {
  const characters = new Uint8Array(8_192);
  for (let value = 0; value < 4_096; value += 1) {
    characters[2 * value] = alphabet.charCodeAt(value >> 6);
    characters[2 * value + 1] = alphabet.charCodeAt(value & 63);
  }
  return new Uint16Array(characters.buffer);
}

/**
 * The base64 of bytes in pieces. A piece is good until the next one is asked for: its memory serves again, since pieces
 * that wait for the garbage collector would be more than the bytes themselves.
 */
export function* base64Pieces(bytes: Uint8Array): Generator<Uint8Array> {
  const pairs = pairsOfCharacters();
  const ring = Array.from(
    { length: bytes.length < pieceBytes ? 0 : buffers },
    () => new Uint16Array(2 * (pieceBytes / 3)),
  );
  let from = 0;
  for (let number = 0; from + pieceBytes <= bytes.length; number += 1, from += pieceBytes) {
    const piece = ring[number % buffers];
    if (!piece) return;
    for (let at = from, to = 0; at < from + pieceBytes; at += 3, to += 2) {
      const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
      piece[to] = pairs[three >> 12] ?? 0;
      piece[to + 1] = pairs[three & 4_095] ?? 0;
    }
    yield new Uint8Array(piece.buffer);
  }
  if (from === bytes.length) return;
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset + from, bytes.length - from);
  yield Buffer.from(rest.toString("base64"), "latin1");
}
