import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

import { checkOptions } from "../../core/check-options.ts";
import { abortError, InhouseError, isInhouseError } from "../../core/error.ts";
import { askText, type Endpoint } from "../../http/endpoint.ts";

/** Options of `uploadBlob`. */
export interface OllamaUploadOptions {
  /** `sha256:` and the SHA-256 of the bytes in hex, where it is known. Default: computed, which reads the file once more. */
  readonly digest?: string;
  /** Told how many bytes have gone to the server; not called where the bytes are there already. */
  readonly onBytes?: (sentBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** None but for connecting: a file of many gigabytes takes its time. */
const timeouts = { connectMs: 5_000 };

type Bytes = Uint8Array | AsyncIterable<Uint8Array>;

/** Brings bytes, or a file by its path, into the server's store, unless they are there, and returns their digest. */
export async function uploadBlob(
  endpoint: Endpoint,
  source: Uint8Array | string,
  options: OllamaUploadOptions = {},
): Promise<string> {
  checkOptions("uploadBlob", options, { digest: 1, onBytes: 1, signal: 1 });
  const { signal, onBytes } = options;
  const bytes = typeof source === "string" ? fileBytes(source) : source;
  const digest = options.digest ?? (await digestOf(bytes, signal));
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new InhouseError("invalid-request", "uploadBlob: digest: expected sha256: and 64 hexadecimal digits.");
  }
  const path = `/api/blobs/${digest}`;
  if (await isThere(endpoint, path, signal)) return digest;
  const sent = onBytes ? counted(bytes, onBytes) : bytes;
  await askText(endpoint, { method: "POST", path, bytes: sent, signal, timeouts });
  return digest;
}

/** A file that is read anew by each iteration, and never as a whole: model files are larger than memory. */
function fileBytes(path: string): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* createReadStream(path, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>;
      } catch (cause) {
        throw new InhouseError("invalid-request", "uploadBlob: the file cannot be read.", { cause });
      }
    },
  };
}

/** The same bytes, which are counted as they are taken; a body that is sent anew is counted anew. */
function counted(bytes: Bytes, onBytes: (sentBytes: number) => void): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      let sent = 0;
      for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
        yield piece;
        sent += piece.length;
        onBytes(sent);
      }
    },
  };
}

async function digestOf(bytes: Bytes, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  if (bytes instanceof Uint8Array) hash.update(bytes);
  else {
    for await (const piece of bytes) {
      if (signal?.aborted) throw abortError(signal);
      hash.update(piece);
    }
  }
  return `sha256:${hash.digest("hex")}`;
}

async function isThere(endpoint: Endpoint, path: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await askText(endpoint, { method: "HEAD", path, signal, timeouts });
    return true;
  } catch (error) {
    if (isInhouseError(error) && error.status === 404) return false;
    throw error;
  }
}
