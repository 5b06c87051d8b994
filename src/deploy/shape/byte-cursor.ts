import { InhouseError } from "../../core/error.ts";
import type { ByteSource } from "./byte-source.ts";
import { endsEarly, malformed } from "./malformed.ts";

/** Reads a source from its start on, in pieces that grow, and skips what nobody wants without reading it. */
export interface ByteCursor {
  /** How many bytes of the source are behind it. */
  readonly position: number;
  /** Makes sure that so many bytes can be taken; nothing where they are there already. */
  need(bytes: number, within: string): Promise<void> | undefined;
  uint8(): number;
  uint16(): number;
  uint32(): number;
  int32(): number;
  /** A number of 64 bits that counts something. Throws `invalid-request` where it is over 2^53. */
  count64(within: string): number;
  bigint64(signed: boolean): bigint;
  float32(): number;
  float64(): number;
  text(bytes: number): string;
  skip(bytes: number, within: string): void;
  /** How many of so many length-prefixed strings can be passed over without another read; they are passed over. */
  passStrings(atMost: number): number;
}

const firstPiece = 65_536;
const largestPiece = 4_194_304;

/** A cursor at the start of a source that throws `limit` past `maxBytes`. */
export function byteCursor(source: ByteSource, maxBytes: number, signal?: AbortSignal): ByteCursor {
  let buffer: Buffer = Buffer.alloc(0);
  let start = 0; // of the buffer in the source
  let at = 0; // in the buffer; beyond its end after a skip
  let piece = firstPiece;
  const size = source.sizeBytes ?? Number.POSITIVE_INFINITY;

  async function fill(bytes: number, within: string): Promise<void> {
    const position = start + at;
    if (position + bytes > maxBytes) {
      throw new InhouseError("limit", `${source.name}: what describes the tensors is larger than ${maxBytes} bytes.`, {
        hint: "No model's description is that long: the file is damaged, or made to harm.",
      });
    }
    if (position + bytes > size) throw endsEarly(source.name, size, within);
    const read = await source.read(position, Math.max(bytes, Math.min(piece, size - position)), signal);
    piece = Math.min(piece * 2, largestPiece);
    if (read.length < bytes) throw endsEarly(source.name, position + read.length, within);
    buffer = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
    start = position;
    at = 0;
  }

  const advance = (bytes: number): number => (at += bytes) - bytes;
  return {
    get position() {
      return start + at;
    },
    need: (bytes, within) => (at + bytes <= buffer.length ? undefined : fill(bytes, within)),
    uint8: () => buffer.readUInt8(advance(1)),
    uint16: () => buffer.readUInt16LE(advance(2)),
    uint32: () => buffer.readUInt32LE(advance(4)),
    int32: () => buffer.readInt32LE(advance(4)),
    count64(within) {
      const value = buffer.readBigUInt64LE(advance(8));
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(source.name, `${within} is impossibly large`);
      return Number(value);
    },
    bigint64: (signed) => (signed ? buffer.readBigInt64LE(advance(8)) : buffer.readBigUInt64LE(advance(8))),
    float32: () => buffer.readFloatLE(advance(4)),
    float64: () => buffer.readDoubleLE(advance(8)),
    text(bytes) {
      const from = advance(bytes);
      return buffer.toString("utf8", from, from + bytes);
    },
    skip(bytes, within) {
      if (start + at + bytes > size) throw endsEarly(source.name, size, within);
      at += bytes;
    },
    passStrings(atMost) {
      let passed = 0;
      while (passed < atMost && at + 8 <= buffer.length) {
        const high = buffer.readUInt32LE(at + 4);
        const next = at + 8 + buffer.readUInt32LE(at);
        if (high !== 0 || next > buffer.length) break;
        at = next;
        passed += 1;
      }
      return passed;
    },
  };
}
