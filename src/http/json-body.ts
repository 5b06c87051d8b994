import { randomUUID } from "node:crypto";

import { base64Pieces } from "./base64-pieces.ts";
import type { Base64Value } from "./base64-value.ts";

/** A JSON body that is written as it is sent. */
export interface JsonBody {
  /** Its length in bytes, for `content-length`. */
  readonly length: number;
  /** The body in pieces, each good until the next is asked for; iterated anew at each try. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Writes a body that holds these values. All of it but their base64 is written at once; bytes are neither copied nor changed. */
export function jsonBody(body: unknown, values: readonly Base64Value[]): JsonBody {
  // Nobody can guess it, so that no text of the body can be taken for a stand-in.
  const nonce = randomUUID();
  for (const [index, value] of values.entries()) value.standIn = `${nonce}:${index}:`;
  let text: string;
  try {
    text = JSON.stringify(body);
  } finally {
    for (const value of values) delete value.standIn;
  }
  const parts = text.split(new RegExp(`${nonce}:(\\d+):`)).map((part, index): Uint8Array | Base64Value => {
    const value = index % 2 === 1 ? values[Number(part)] : undefined;
    return value ?? Buffer.from(part);
  });
  return {
    length: parts.reduce((sum, part) => sum + lengthOf(part), 0),
    pieces: {
      async *[Symbol.asyncIterator]() {
        for (const part of parts) {
          if (part instanceof Uint8Array) yield part;
          else {
            yield prefixOf(part);
            yield* base64Pieces(part.bytes);
          }
        }
      },
    },
  };
}

const prefixOf = ({ prefix }: Base64Value): Buffer => Buffer.from(JSON.stringify(prefix).slice(1, -1));

function lengthOf(part: Uint8Array | Base64Value): number {
  return part instanceof Uint8Array ? part.length : prefixOf(part).length + 4 * Math.ceil(part.bytes.length / 3);
}
