import { checkOptions } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import { compareModels as compareWith, type ComparisonOptions } from "../deploy/quantize/compare-models.ts";
import type { ModelComparison } from "../deploy/quantize/compare-scores.ts";
import type { EndpointOptions } from "../http/endpoint.ts";
import { llamacppTextScores } from "../providers/llamacpp/llamacpp-text-scores.ts";
import { vllmTextScores } from "../providers/vllm/vllm-text-scores.ts";

/** A server whose model is compared. */
export interface ComparedServer extends EndpointOptions {
  readonly baseURL: string;
  /** The model's name. Default: the one that the server has. */
  readonly model?: string;
}

/**
 * Has the models of two servers score the same text, one after the other, and compares them: llama-server (b11434) one token a
 * request, vLLM (0.32.0) in one. It tells how far the one has moved from the other, and not how good either is: a text of a few
 * hundred tokens tells models of two and of four bits apart, and hardly one of eight from one of sixteen. Rejects with
 * `unsupported` for another server, `invalid-request` where the tokenizers differ, and with what the servers answer.
 */
export async function compareModels(
  source: string | ComparedServer,
  result: string | ComparedServer,
  options: ComparisonOptions = {},
): Promise<ModelComparison> {
  checkOptions("compareModels", options, { text: true, signal: true, onProgress: true });
  const { signal } = options;
  return await compareWith(await scorerOf(source, signal), await scorerOf(result, signal), options);
}

const scorers: Readonly<Record<string, typeof llamacppTextScores>> = {
  llamacpp: llamacppTextScores,
  vllm: vllmTextScores,
};

async function scorerOf(place: string | ComparedServer, signal?: AbortSignal) {
  const { baseURL, model, ...endpoint } = typeof place === "string" ? { baseURL: place } : place;
  const { connect } = await import("../connect.ts");
  const client = await connect(baseURL, { ...endpoint, ...(signal ? { signal } : {}) });
  const { server } = client;
  await client.close();
  const scorer = scorers[server.provider];
  if (scorer) return scorer({ ...endpoint, baseURL: server.baseURL }, model);
  throw new InhouseError(
    "unsupported",
    `${server.title} at ${server.baseURL} tells no probabilities of a given text.`,
    {
      hint: "Serve both files with llama-server, or both checkpoints with vLLM.",
    },
  );
}
