import { checkOptions } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import type { EmbeddingRequest } from "../core/request.ts";
import type { EmbeddingResult } from "../core/result.ts";
import { checkCallOptions } from "./call-options.ts";
import type { Call, StartCall } from "./call.ts";
import { checkNumber, checkStrings, wrong } from "./check.ts";
import { inParallel } from "./in-parallel.ts";
import type { EmbeddingInput } from "./inputs.ts";
import { base, callKeys, optionalNumber, type Keys } from "./normalize.ts";
import { resultBase } from "./results.ts";
import { sumUsage } from "./sum-usage.ts";

const embeddingKeys: Keys<EmbeddingInput> = {
  ...callKeys,
  input: true,
  dimensions: true,
  batchSize: true,
  concurrency: true,
};

/**
 * Embeds any number of inputs: batches of bounded size, a bounded number at a time, the vectors in the order of the
 * inputs. The first failure ends the others.
 */
export async function embed(input: EmbeddingInput, start: StartCall): Promise<EmbeddingResult> {
  const request = normalizeEmbedding(input);
  const batchSize = checkNumber("batchSize", input.batchSize ?? 32, { min: 1, integer: true });
  const concurrency = checkNumber("concurrency", input.concurrency ?? 4, { min: 1, integer: true });
  const startedAt = performance.now();
  const parts: readonly string[][] = Array.from({ length: Math.ceil(request.inputs.length / batchSize) }, (_, index) =>
    request.inputs.slice(index * batchSize, (index + 1) * batchSize),
  );
  checkCallOptions(input);
  const others = new AbortController();
  const signal = input.signal ? AbortSignal.any([input.signal, others.signal]) : others.signal;
  const settings = { ...input, signal };
  let results: readonly EmbeddingResult[];
  try {
    results = await inParallel(parts, concurrency, (inputs) =>
      embedOnce(start(Object.freeze({ ...request, inputs }), settings), inputs.length),
    );
  } finally {
    others.abort();
  }
  return merged(results, performance.now() - startedAt);
}

/** An embedding request for all inputs; the client cuts it into batches. */
function normalizeEmbedding(input: EmbeddingInput): EmbeddingRequest {
  checkOptions("embed", input, embeddingKeys);
  const inputs = typeof input.input === "string" ? [input.input] : checkStrings("input", input.input);
  const empty = inputs.indexOf("");
  if (empty >= 0) throw wrong(`input[${empty}]`, "an empty text has no vector");
  if (inputs.length === 0) throw wrong("input", "the list is empty");
  return Object.freeze({
    kind: "embedding",
    ...base(input),
    inputs,
    ...optionalNumber("dimensions", input.dimensions, { min: 1, integer: true }),
  });
}

async function embedOnce(call: Call, inputs: number): Promise<EmbeddingResult> {
  for await (const _ of call.batches);
  const collected = call.collected();
  const come = Object.keys(collected.vectors).length;
  if (come !== inputs) throw new InhouseError("protocol", `${come} vectors came for ${inputs} inputs.`);
  return { ...resultBase(call, collected), embeddings: collected.vectors };
}

function merged(results: readonly EmbeddingResult[], totalMs: number): EmbeddingResult {
  const [first] = results;
  if (!first) throw new InhouseError("invalid-request", "input: the list is empty.");
  if (results.length === 1) return first;
  const usage = sumUsage(results.map((result) => result.usage));
  const { usage: _first, ...rest } = first;
  const embeddings = results.flatMap((result) => result.embeddings);
  if (new Set(embeddings.map((vector) => vector.length)).size > 1) {
    throw new InhouseError("protocol", "The server sent vectors of different lengths.");
  }
  return {
    ...rest,
    embeddings,
    timings: { totalMs },
    warnings: results.flatMap(({ warnings }) => warnings),
    failedAttempts: results.flatMap(({ failedAttempts }) => failedAttempts),
    ...(usage === undefined ? {} : { usage }),
  };
}
