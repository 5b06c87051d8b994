/** Decodes UTF-8 that arrives in pieces. Bytes that are no UTF-8 become U+FFFD. */
export interface TextPieces {
  /** The text of a piece; a character cut at its end is held back until the rest comes. */
  decode(bytes: Uint8Array): string;
  /** What is left of a character that never came whole. */
  end(): string;
}

/** A decoder for one body. A byte order mark is left to the reader. */
export function textPieces(): TextPieces {
  let decoder: InstanceType<typeof TextDecoder> | undefined; // made for the first piece that needs it: most bodies do without
  let cut = false;
  return {
    decode(bytes) {
      if (bytes.length === 0) return "";
      // A piece that ends in ASCII ends between characters, and nearly every piece ends in a line feed.
      if (!cut && (bytes[bytes.length - 1] ?? 0) < 0x80) {
        return utf8(bytes);
      }
      cut = (bytes[bytes.length - 1] ?? 0) >= 0x80;
      decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
      return decoder.decode(bytes, { stream: true });
    },
    end: () => decoder?.decode() ?? "",
  };
}

/** The text of bytes that begin and end between characters. */
export function utf8(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString();
}
