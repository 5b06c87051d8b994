import { InhouseError } from "../../core/error.ts";

/** Where bytes are read from by place: a file, an address, memory. Nothing is read that was not asked for. */
export interface ByteSource {
  /** What it is called in messages: a path or an address. */
  readonly name: string;
  /** How long it is, where that is known. */
  readonly sizeBytes?: number;
  /** The bytes from an offset on; fewer than `length` only where the source ends. Rejects with `abort` by the signal. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Closes the file or lets the connection go. */
  close(): Promise<void>;
}

/** Bytes that are in memory already. */
export function memorySource(bytes: Uint8Array, name = "the bytes given"): ByteSource {
  return {
    name,
    sizeBytes: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    close: () => Promise.resolve(),
  };
}

/** All of a small source. Throws `limit` where it is larger than `maxBytes`. */
export async function readWhole(source: ByteSource, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  const bytes = await source.read(0, maxBytes + 1, signal);
  if (bytes.length > maxBytes) {
    throw new InhouseError("limit", `${source.name} is larger than ${maxBytes} bytes.`, {
      hint: "Is it the file that its name says?",
    });
  }
  return bytes;
}
