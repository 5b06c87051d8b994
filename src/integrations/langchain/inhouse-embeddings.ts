import { Embeddings, type EmbeddingsParams } from "@langchain/core/embeddings";

import type { Client } from "../../client/client-interface.ts";
import type { EmbeddingInput } from "../../client/inputs.ts";
import { checkOptions, describe } from "../../core/check-options.ts";
import { everyCallKeys, type Keys, type OfEveryCall } from "./chat-inhouse-options.ts";
import { underLangchain, wrongInput } from "./langchain-error.ts";

/** What `new InhouseEmbeddings()` takes. */
export interface InhouseEmbeddingsFields
  extends OfEveryCall, Pick<EmbeddingInput, "dimensions" | "batchSize" | "concurrency"> {
  /** Does the calls, with all its policies. It stays the caller's to close. */
  readonly client: Client;
}

const fieldKeys: Keys<InhouseEmbeddingsFields> = {
  ...everyCallKeys,
  client: 1,
  dimensions: 1,
  batchSize: 1,
  concurrency: 1,
};

/**
 * Vectors of a client for LangChain: `client.embed()`, which sends texts in batches and tries again itself. Throws
 * `invalid-request` for a wrong option.
 */
export class InhouseEmbeddings extends Embeddings {
  readonly client: Client;
  protected readonly options: Omit<EmbeddingInput, "input">;

  constructor(fields: InhouseEmbeddingsFields) {
    checkOptions("InhouseEmbeddings", fields, fieldKeys);
    const { client, callTags, timeouts, ...options } = fields;
    if (typeof client?.embed !== "function") throw wrongInput("client", `expected a client, got ${describe(client)}`);
    super({ maxRetries: 0 } satisfies EmbeddingsParams);
    this.client = client;
    this.options = {
      ...options,
      ...(callTags === undefined ? {} : { tags: callTags }),
      ...(timeouts === undefined ? {} : { timeout: timeouts }),
    };
  }

  /** The vectors of texts, in their order. */
  override async embedDocuments(documents: string[]): Promise<number[][]> {
    if (documents.length === 0) return [];
    return underLangchain(async () => {
      const { embeddings } = await this.client.embed({ ...this.options, input: documents });
      return embeddings.map((vector) => [...vector]);
    });
  }

  /** The vector of one text. */
  override async embedQuery(document: string): Promise<number[]> {
    const [vector = []] = await this.embedDocuments([document]);
    return vector;
  }
}
