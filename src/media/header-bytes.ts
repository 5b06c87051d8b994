/**
 * Reads numbers and letters out of a file's head. What lies past the end reads as 0 and as fewer letters, so that a file
 * that is cut needs no check of its own at every place.
 */
export interface HeaderBytes {
  readonly length: number;
  /** Which byte of a number comes first. */
  readonly order: ByteOrder;
  byte(offset: number): number;
  /** 16, 24 or 32 bits without a sign. */
  number(offset: number, bytes: 2 | 3 | 4): number;
  /** Latin-1. */
  text(offset: number, length: number): string;
  /** Whether these letters stand anywhere after an offset. */
  has(text: string, from: number): boolean;
  /** The bytes from `start` to `end`, in the same or another order. */
  part(start: number, end: number, order?: ByteOrder): HeaderBytes;
}

/** Which byte of a number comes first: the lowest or the highest. */
export type ByteOrder = "little" | "big";

export function headerBytes(bytes: Uint8Array, order: ByteOrder): HeaderBytes {
  const byte = (offset: number): number => bytes[offset] ?? 0;
  return {
    length: bytes.length,
    order,
    byte,
    number(offset, length) {
      let value = 0;
      for (let place = 0; place < length; place += 1) {
        value = value * 256 + byte(order === "big" ? offset + place : offset + length - 1 - place);
      }
      return value;
    },
    text: (offset, length) => String.fromCharCode(...bytes.subarray(offset, offset + length)),
    has: (text, from) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text, from, "latin1"),
    part: (start, end, other = order) => headerBytes(bytes.subarray(start, end), other),
  };
}
