import { InhouseError } from "../../core/error.ts";
import { fileSource } from "../shape/file-source.ts";
import { readGguf } from "../shape/gguf.ts";

/** What an importance matrix says of itself. */
export interface ImatrixFacts {
  /** Chunks of text that it was made of. */
  readonly chunks: number;
  /** Tokens of a chunk. */
  readonly chunkTokens: number;
  /** Tensors of the model that it has data of. */
  readonly tensors: number;
}

/** Reads an importance matrix in the GGUF format of `llama-imatrix` (b11434). Rejects with `invalid-request` for another file. */
export async function readImatrix(path: string, signal?: AbortSignal): Promise<ImatrixFacts> {
  const source = await fileSource(path);
  try {
    const { metadata, tensors } = await readGguf(source, signal);
    const [chunks, chunkTokens] = [metadata.get("imatrix.chunk_count"), metadata.get("imatrix.chunk_size")];
    const data = tensors.filter(({ name }) => name.endsWith(".in_sum2"));
    if (typeof chunks === "number" && typeof chunkTokens === "number" && data.length > 0) {
      return { chunks, chunkTokens, tensors: data.length };
    }
    throw new InhouseError("invalid-request", `${path} is no importance matrix.`, {
      hint: "Make one with makeImatrix().",
    });
  } finally {
    await source.close();
  }
}
