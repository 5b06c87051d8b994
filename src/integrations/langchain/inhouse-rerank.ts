import type { Callbacks } from "@langchain/core/callbacks/manager";
import { Document, type DocumentInterface } from "@langchain/core/documents";
import { BaseDocumentCompressor } from "@langchain/core/retrievers/document_compressors";

import type { Client } from "../../client/client-interface.ts";
import type { RerankInput } from "../../client/inputs.ts";
import { checkOptions, describe } from "../../core/check-options.ts";
import { everyCallKeys, type Keys, type OfEveryCall } from "./chat-inhouse-options.ts";
import { underLangchain, wrongInput } from "./langchain-error.ts";

/** What `new InhouseRerank()` takes. */
export interface InhouseRerankFields extends OfEveryCall {
  /** Does the calls, with all its policies. It stays the caller's to close. */
  readonly client: Client;
  /** Keep this many of the best. Default: all. */
  readonly topN?: number;
}

const fieldKeys: Keys<InhouseRerankFields> = { ...everyCallKeys, client: 1, topN: 1 };

/**
 * A document compressor of LangChain over `client.rerank()`: the best documents first, each with its score as
 * `metadata.relevanceScore`, on the model's own scale. Throws `invalid-request` for a wrong option.
 */
export class InhouseRerank extends BaseDocumentCompressor {
  readonly client: Client;
  protected readonly options: Omit<RerankInput, "query" | "documents">;

  constructor(fields: InhouseRerankFields) {
    checkOptions("InhouseRerank", fields, fieldKeys);
    const { client, callTags, timeouts, ...options } = fields;
    if (typeof client?.rerank !== "function") throw wrongInput("client", `expected a client, got ${describe(client)}`);
    super();
    this.client = client;
    this.options = {
      ...options,
      ...(callTags === undefined ? {} : { tags: callTags }),
      ...(timeouts === undefined ? {} : { timeout: timeouts }),
    };
  }

  /** Documents by how well they answer a query. */
  override async compressDocuments(
    documents: DocumentInterface[],
    query: string,
    _callbacks?: Callbacks,
  ): Promise<DocumentInterface[]> {
    if (documents.length === 0) return [];
    return underLangchain(async () => {
      const texts = documents.map(({ pageContent }) => pageContent);
      const { results } = await this.client.rerank({ ...this.options, query, documents: texts });
      return results.flatMap(({ index, score }) => {
        const found = documents[index];
        if (!found) return [];
        const { pageContent, metadata, id } = found;
        const scored = { ...metadata, relevanceScore: score };
        return [new Document({ pageContent, metadata: scored, ...(id === undefined ? {} : { id }) })];
      });
    });
  }
}
