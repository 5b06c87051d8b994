import type { Frame, Framing } from "../../src/http/framing.ts";

/** The frames that a body in these pieces is cut into. */
export function framesOf(framing: () => Framing, pieces: readonly (string | Uint8Array)[]): readonly Frame[] {
  const cutter = framing();
  const frames = pieces.flatMap((piece) => cutter.feed(Buffer.from(piece)));
  return [...frames, ...cutter.end()];
}

/** A body in two pieces, once for each place where it can be cut. */
export function cutAtEveryByte(body: string | Uint8Array): readonly (readonly Uint8Array[])[] {
  const bytes = Buffer.from(body);
  return Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
}

/** A body in pieces of one size, or of these sizes and then the rest; a size of 0 is an empty piece. */
export function inPiecesOf(sizes: number | readonly number[], body: string | Uint8Array): readonly Uint8Array[] {
  const bytes = Buffer.from(body);
  const pieces: Uint8Array[] = [];
  let at = 0;
  const lengths =
    typeof sizes === "number" ? Array.from({ length: Math.ceil(bytes.length / sizes) }, () => sizes) : sizes;
  for (const size of lengths) {
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...pieces, bytes.subarray(at)];
}
