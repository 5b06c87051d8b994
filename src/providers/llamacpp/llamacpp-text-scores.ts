import { InhouseError } from "../../core/error.ts";
import type { ScoreText, TokenScore } from "../../deploy/quantize/text-scores.ts";
import { askJson, createEndpoint, type Endpoint, type EndpointOptions } from "../../http/endpoint.ts";
import { arrayOf, numberOf, objectOf } from "../../http/json.ts";
import { classifyLlamacpp } from "./llamacpp-classify.ts";

const timeouts = { connectMs: 5_000, idleMs: 300_000 } as const;

/** Added to the logit of a token, it is taken whatever the model makes of it. */
const certain = 1_000_000;

/**
 * Has a llama-server score a text. b11434 tells log probabilities of what it generates, and none of a prompt: so each token is
 * asked for with those before it as prompt, and forced by its bias. What the reply tells is the model's own probability all the same,
 * since it is taken before the sampling; the prompt stays in the slot's cache, so that a request computes one token.
 */
export function llamacppTextScores(options: EndpointOptions, model?: string): ScoreText {
  return async (text, { signal, onToken }) => {
    const endpoint = createEndpoint("llamacpp", options, {
      baseURL: "http://127.0.0.1:8080",
      prefix: (prefix) => prefix.replace(/\/v1$/, ""),
      classify: classifyLlamacpp,
    });
    try {
      const body = { model, content: text, add_special: true };
      const reply = await askJson(endpoint, { method: "POST", path: "/tokenize", body, signal, timeouts });
      const tokens = arrayOf(objectOf(reply)["tokens"]).flatMap((token) => numberOf(token) ?? []);
      const scores: TokenScore[] = [];
      for (let place = 1; place < tokens.length; place += 1) {
        scores.push(await scoreAt(endpoint, tokens, place, model, signal));
        onToken?.(place, tokens.length - 1);
      }
      return { tokens, scores };
    } finally {
      await endpoint.close();
    }
  };
}

async function scoreAt(
  endpoint: Endpoint,
  tokens: readonly number[],
  place: number,
  model: string | undefined,
  signal: AbortSignal | undefined,
): Promise<TokenScore> {
  const body = {
    model,
    prompt: tokens.slice(0, place),
    n_predict: 1,
    n_probs: 1,
    temperature: 0,
    cache_prompt: true,
    logit_bias: [[tokens[place], certain]],
  };
  const reply = objectOf(await askJson(endpoint, { method: "POST", path: "/completion", body, signal, timeouts }));
  const told = objectOf(arrayOf(reply["completion_probabilities"])[0]);
  const likeliest = numberOf(objectOf(arrayOf(told["top_logprobs"])[0])["id"]);
  const logprob = numberOf(told["logprob"]);
  if (logprob !== undefined && likeliest !== undefined && numberOf(told["id"]) === tokens[place]) {
    return { logprob, likeliest };
  }
  throw new InhouseError("protocol", "llama-server told no probability of the token that was asked for.", {
    provider: endpoint.provider,
    hint: "This was made for b11434: a much older or newer one may answer otherwise.",
  });
}
