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
      isObject(entry) ? tokenOf(entry, numberOf(ids[place]), top) : [],
    );
    if (tokens.length > 0) batch.push({ type: "prompt-logprobs", tokens });
  };
}

/** The prompt's own token and its likelier alternatives; without its id, the only one there is. None that was not told. */
function tokenOf(entry: JsonObject, id: number | undefined, top: number): readonly TokenLogprobs[] {
  const ranked = Object.entries(entry)
    .flatMap(([key, value]) => {
      const { decoded_token: token, logprob: told, rank } = objectOf(value);
      const logprob = numberOf(told);
      if (logprob === undefined) return [];
      const entryOf: TokenLogprob = { token: stringOf(token) ?? "", id: Number(key), logprob };
      return [{ rank: numberOf(rank) ?? 0, logprob: entryOf }];
    })
    .toSorted((a, b) => a.rank - b.rank);
  const chosen = id === undefined ? ranked.at(-1) : ranked.find(({ logprob }) => logprob.id === id);
  return chosen ? [{ ...chosen.logprob, top: ranked.slice(0, top).map(({ logprob }) => logprob) }] : [];
}
