import type { ModelEvent } from "../../core/event.ts";
import type { TokenLogprob, TokenLogprobs } from "../../core/logprobs.ts";
import { arrayOf, isObject, numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";

/** Appends the log probabilities of a piece of a reply. */
export type DecodeLogprobs = (value: unknown, choice: number, batch: ModelEvent[]) => void;

/** Log probabilities in the form of the chat protocol: `{ content: [{ token, logprob, top_logprobs }] }`. */
export function chatLogprobs(top: number): DecodeLogprobs {
  return (value, choice, batch) => {
    const tokens = arrayOf(objectOf(value)["content"])
      .filter(isObject)
      .flatMap((entry) => tokenLogprobs(entry, entry["top_logprobs"], top));
    if (tokens.length > 0) batch.push({ type: "logprobs", choice, tokens });
  };
}

/** A chosen token with its alternatives, `top` of them at the most; none where its log probability was not told. */
export function tokenLogprobs(entry: JsonObject, alternatives: unknown, top: number): readonly TokenLogprobs[] {
  return tokenLogprob(entry).map((chosen) => ({
    ...chosen,
    top: arrayOf(alternatives).slice(0, top).filter(isObject).flatMap(tokenLogprob),
  }));
}

function tokenLogprob(entry: JsonObject): readonly TokenLogprob[] {
  const id = numberOf(entry["id"]);
  const logprob = numberOf(entry["logprob"]);
  if (logprob === undefined) return [];
  return [{ token: stringOf(entry["token"]) ?? "", logprob, ...(id === undefined ? {} : { id }) }];
}

/** Log probabilities of the older completion protocol: parallel lists `tokens`, `token_logprobs`, `top_logprobs`. */
export function decodeListLogprobs(value: unknown, choice: number, batch: ModelEvent[]): void {
  const lists = objectOf(value);
  // llama-server (b11434) writes them in the form of the chat protocol here too.
  if (lists["content"]) return chatLogprobs(Number.POSITIVE_INFINITY)(value, choice, batch);
  const logprobs = arrayOf(lists["token_logprobs"]);
  const alternatives = arrayOf(lists["top_logprobs"]);
  const tokens = arrayOf(lists["tokens"]).flatMap((token, index) => {
    const top = Object.entries(objectOf(alternatives[index])).map(([text, logprob]) => ({ token: text, logprob }));
    return tokenLogprobs({ token, logprob: logprobs[index] }, top, Number.POSITIVE_INFINITY);
  });
  if (tokens.length > 0) batch.push({ type: "logprobs", choice, tokens });
}
