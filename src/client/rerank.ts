import { checkOptions } from "../core/check-options.ts";
import type { RerankRequest } from "../core/request.ts";
import type { RerankResult } from "../core/result.ts";
import type { Call, StartCall } from "./call.ts";
import { checkString, checkStrings, wrong } from "./check.ts";
import type { RerankInput } from "./inputs.ts";
import { base, callKeys, optionalNumber, type Keys } from "./normalize.ts";
import { finished, resultBase } from "./results.ts";

const rerankKeys: Keys<RerankInput> = { ...callKeys, query: true, documents: true, topN: true };

/** Orders documents by how well they answer a query. */
export async function rerank(input: RerankInput, start: StartCall): Promise<RerankResult> {
  const request = normalizeRerank(input);
  return finished(start(request, input), (call) => rerankResult(call, request));
}

/** A rerank request out of the caller's input. */
function normalizeRerank(input: RerankInput): RerankRequest {
  checkOptions("rerank", input, rerankKeys);
  const documents = checkStrings("documents", input.documents);
  if (documents.length === 0) throw wrong("documents", "the list is empty");
  return Object.freeze({
    kind: "rerank",
    ...base(input),
    query: checkString("query", input.query),
    documents,
    ...optionalNumber("topN", input.topN, { min: 1, integer: true }),
  });
}

/** The result of a rerank call that has ended: best first, whatever the server's order. */
function rerankResult(call: Call, { documents, topN }: RerankRequest): RerankResult {
  const collected = call.collected();
  const results = collected.rankings
    .map(({ index, score }) => ({ index, score, document: documents[index] ?? "" }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, topN);
  return { ...resultBase(call, collected), results };
}
