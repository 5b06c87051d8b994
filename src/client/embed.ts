import { InhouseError } from "../core/error.ts";
import type { EmbeddingRequest } from "../core/request.ts";
import type { EmbeddingResult, Usage } from "../core/result.ts";
import type { Call } from "./call.ts";
import { checkNumber } from "./check.ts";
import { resultBase } from "./results.ts";

/** How many inputs go into one request, and how many requests run at a time. */
export interface Batching {
  readonly batchSize?: number | undefined;
  readonly concurrency?: number | undefined;
}

/**
 * Embeds any number of inputs: batches of bounded size, a bounded number at a time, the vectors in the order of the
 * inputs. The first failure ends the others.
 */
export async function embedInBatches(
  request: EmbeddingRequest,
  batching: Batching,
  start: (request: EmbeddingRequest, signal: AbortSignal) => Call,
): Promise<EmbeddingResult> {
  const batchSize = checkNumber("batchSize", batching.batchSize ?? 32, { min: 1, integer: true });
  const concurrency = checkNumber("concurrency", batching.concurrency ?? 4, { min: 1, integer: true });
  const startedAt = performance.now();
  const parts: readonly string[][] = Array.from({ length: Math.ceil(request.inputs.length / batchSize) }, (_, index) =>
    request.inputs.slice(index * batchSize, (index + 1) * batchSize),
  );
  const results: EmbeddingResult[] = [];
  const others = new AbortController();
  let taken = 0;

  async function work(): Promise<void> {
    for (let index = taken++; index < parts.length; index = taken++) {
      const inputs = parts[index] ?? [];
      results[index] = await embedOnce(start(Object.freeze({ ...request, inputs }), others.signal), inputs.length);
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, parts.length) }, work));
  } finally {
    others.abort();
  }
  return merged(results, performance.now() - startedAt);
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
  const usages = results.map(({ usage }) => usage);
  const embeddings = results.flatMap((result) => result.embeddings);
  if (new Set(embeddings.map((vector) => vector.length)).size > 1) {
    throw new InhouseError("protocol", "The server sent vectors of different lengths.");
  }
  return {
    ...first,
    embeddings,
    timings: { totalMs },
    warnings: results.flatMap(({ warnings }) => warnings),
    failedAttempts: results.flatMap(({ failedAttempts }) => failedAttempts),
    ...(usages.every((usage) => usage !== undefined) ? { usage: usages.reduce(sum) } : {}),
  };
}

function sum(a: Usage, b: Usage): Usage {
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
}
