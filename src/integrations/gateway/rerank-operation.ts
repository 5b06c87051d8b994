import { flagField, knownFields, numberField, textField } from "./body-fields.ts";
import { wrongField } from "./gateway-error.ts";
import type { Answered, Given } from "./operation.ts";
import { readJson } from "./read-body.ts";
import { warningsOf } from "./wire-answers.ts";

const fieldNames = { model: 1, query: 1, documents: 1, top_n: 1, return_documents: 1 };
const cut = { max_tokens_per_doc: "Cut the documents before.", max_chunks_per_doc: "Cut the documents before." };

/** `POST /v1/rerank`, in the form that Cohere, Jina and vLLM share. */
export async function rerankOperation(given: Given): Promise<Answered> {
  const fields = knownFields(await readJson(given.request, given.bounds), fieldNames, cut);
  const query = textField(fields, "query");
  if (query === undefined) throw wrongField("query", "expected text");
  const documents = documentsOf(fields["documents"]);
  const topN = numberField(fields, "top_n", { min: 1, integer: true });
  const withDocuments = flagField(fields, "return_documents") ?? false;
  const { client, name, call } = await given.target(fields["model"], false);
  const wanted = topN === undefined ? {} : { topN: Math.min(topN, documents.length) };
  const result = await client.rerank({ query, documents, ...wanted, ...call });
  const tokens = result.usage?.inputTokens;
  return {
    result,
    body: {
      id: `rerank-${given.id}`,
      model: name ?? result.model ?? "",
      results: result.results.map(({ index, score, document }) => ({
        index,
        relevance_score: score,
        ...(withDocuments ? { document: { text: document } } : {}),
      })),
      ...(tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
      ...warningsOf(result.warnings),
    },
  };
}

function documentsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) throw wrongField("documents", "expected a list of texts");
  return value.map((entry: unknown, index) => {
    if (typeof entry === "string") return entry;
    if (typeof entry === "object" && entry !== null && "text" in entry && typeof entry.text === "string")
      return entry.text;
    throw wrongField(`documents[${index}]`, "expected text");
  });
}
