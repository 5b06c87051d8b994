/** Bytes in a JSON body, written as a text of base64; a body that is sent as a stream never holds that text as a whole. */
export interface Base64Value {
  /** What stands before the base64, such as `data:image/png;base64,`. */
  readonly prefix: string;
  readonly bytes: Uint8Array;
  /** What is written in its place while the pieces of a body are found. */
  standIn?: string;
  /** For `JSON.stringify`: the text, or its stand-in. */
  toJSON(): string;
}

/** A value of a body that becomes `prefix` and the base64 of the bytes. */
export function base64Of(prefix: string, bytes: Uint8Array): Base64Value {
  const value: Base64Value = {
    prefix,
    bytes,
    toJSON() {
      return value.standIn ?? prefix + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
    },
  };
  return value;
}
