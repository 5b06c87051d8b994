import { InhouseError } from "../../core/error.ts";
import { asAiSdkError } from "./ai-sdk-error.ts";
import type { EmbedOptions, EmbedResult, RankResult, RerankOptions, SpecWarning } from "./ai-sdk-spec.ts";
import {
  embeddingOptionKeys,
  rerankingOptionKeys,
  type InhouseEmbeddingOptions,
  type InhouseRerankingOptions,
} from "./inhouse-options.ts";
import { ownCall, underAiSdk, type ModelOfClient } from "./model-call.ts";
import { metadataOf, responseOf, warningOf } from "./told-reply.ts";

/** Vectors of texts. Rejects where there are more than the model was made to take at once. */
export function embedValues(of: ModelOfClient, options: EmbedOptions, maxValues?: number): Promise<EmbedResult> {
  return underAiSdk(of, options, async () => {
    const { values, dimensions } = options;
    if (maxValues !== undefined && values.length > maxValues) throw tooMany(of, values.length, maxValues);
    const { own, input, warnings } = ownCall<InhouseEmbeddingOptions>(of, options, embeddingOptionKeys);
    const asked = dimensions === undefined ? {} : { dimensions };
    const result = await of.client.embed({ ...input, ...asked, ...own, input: values });
    return {
      embeddings: result.embeddings as number[][],
      ...(result.usage === undefined ? {} : { usage: { tokens: result.usage.inputTokens } }),
      providerMetadata: metadataOf(of.name, result),
      warnings: [...warnings, ...result.warnings.map(warningOf)],
    };
  });
}

/** The AI SDK's error, without the texts that it has room for: they are what the caller embeds. */
function tooMany({ name, modelId }: ModelOfClient, count: number, maxEmbeddingsPerCall: number): InhouseError {
  const message = `values: ${count} texts, and at most ${maxEmbeddingsPerCall} were to be embedded in one call.`;
  const error = new InhouseError("invalid-request", message, {
    hint: "Use embedMany(), or raise maxEmbeddingsPerCall.",
  });
  const fields = { provider: `${name}.embedding`, modelId, maxEmbeddingsPerCall, values: [] };
  return asAiSdkError(error, "TooManyEmbeddingValuesForCallError", fields);
}

/** Documents, best first. Objects are compared as their JSON. */
export function rankDocuments(of: ModelOfClient, options: RerankOptions): Promise<RankResult> {
  return underAiSdk(of, options, async () => {
    const { query, documents, topN } = options;
    const { own, input, warnings } = ownCall<InhouseRerankingOptions>(of, options, rerankingOptionKeys);
    const startedAt = new Date();
    const result = await of.client.rerank({
      ...input,
      ...own,
      query,
      documents: documents.type === "text" ? documents.values : documents.values.map((value) => JSON.stringify(value)),
      ...(topN === undefined ? {} : { topN }),
    });
    const asText: SpecWarning[] =
      documents.type === "text"
        ? []
        : [{ type: "compatibility", feature: "object documents", details: "They were compared as their JSON text." }];
    return {
      ranking: result.results.map(({ index, score }) => ({ index, relevanceScore: score })),
      providerMetadata: metadataOf(of.name, result),
      response: responseOf(result, startedAt),
      warnings: [...warnings, ...asText, ...result.warnings.map(warningOf)],
    };
  });
}
