import type { ModelEvent } from "../../core/event.ts";
import type { TokenLogprob, TokenLogprobs } from "../../core/logprobs.ts";
import { arrayOf, isObject, numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";

/** Appends the log probabilities of the prompt that a reply, or one choice of it, carries. */
export type DecodePromptLogprobs = (value: JsonObject, batch: ModelEvent[]) => void;

/**
 * Log probabilities of the prompt as vLLM 0.32.0 adds them to the protocol: for each token null (the first one) or
 * `{ "<token id>": { logprob, rank, decoded_token } }`. Which of them the prompt has stands in `prompt_token_ids`.
 */
export function promptLogprobs(top: number): DecodePromptLogprobs {
  return (value, batch) => {
    const ids = arrayOf(value["prompt_token_ids"]);
    const tokens = arrayOf(value["prompt_logprobs"]).flatMap((entry, place) =>
      isObject(entry) ? [tokenOf(entry, numberOf(ids[place]), top)] : [],
    );
    if (tokens.length > 0) batch.push({ type: "prompt-logprobs", tokens });
  };
}

/** The prompt's own token and its likelier alternatives; without its id, the only one there is. */
function tokenOf(entry: JsonObject, id: number | undefined, top: number): TokenLogprobs {
  const ranked = Object.entries(entry)
    .map(([key, value]) => ({ rank: numberOf(objectOf(value)["rank"]) ?? 0, logprob: logprobOf(Number(key), value) }))
    .toSorted((a, b) => a.rank - b.rank);
  const chosen = ranked.find(({ logprob }) => logprob.id === id) ?? ranked.at(-1);
  return {
    ...(chosen?.logprob ?? { token: "", logprob: Number.NEGATIVE_INFINITY }),
    top: ranked.slice(0, top).map(({ logprob }) => logprob),
  };
}

function logprobOf(id: number, value: unknown): TokenLogprob {
  const { decoded_token: token, logprob } = objectOf(value);
  return { token: stringOf(token) ?? "", id, logprob: numberOf(logprob) ?? Number.NEGATIVE_INFINITY };
}
