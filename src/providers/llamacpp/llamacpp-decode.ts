import { InhouseError } from "../../core/error.ts";
import type { ModelEvent } from "../../core/event.ts";
import type { FinishReason, Usage } from "../../core/result.ts";
import { arrayOf, isIndex, isObject, numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";
import type { Decoder } from "../../http/wire-request.ts";
import { replySummary, unfinished } from "../openai-compatible/openai-finish.ts";
import { tokenLogprobs } from "../openai-compatible/openai-logprobs.ts";
import { valueDecoder } from "../openai-compatible/openai-value-decode.ts";

const stopTypes: Readonly<Record<string, FinishReason>> = { eos: "stop", word: "stop", limit: "length" };

/** Decodes the native completion stream, which has no `[DONE]`: the last object of each answer says `stop: true`. */
export function llamacppCompletionDecoder(choices: number, topLogprobs: number): Decoder {
  const reasons: (FinishReason | undefined)[] = Array.from({ length: choices });
  const summary = replySummary();
  let usage: Usage = { inputTokens: 0, outputTokens: 0 };
  let begun = false;

  function readStop(value: JsonObject, choice: number): void {
    reasons[choice] = stopTypes[stringOf(value["stop_type"]) ?? ""] ?? "unknown";
    const cached = numberOf(objectOf(value["timings"])["cache_n"]);
    usage = {
      inputTokens: numberOf(value["tokens_evaluated"]) ?? 0,
      outputTokens: usage.outputTokens + (numberOf(value["tokens_predicted"]) ?? 0),
      ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    };
  }

  function decodeValue(value: unknown, batch: ModelEvent[]): void {
    if (!isObject(value)) throw new InhouseError("protocol", "The server sent no object where a reply was expected.");
    begun = true;
    const choice = numberOf(value["index"]) ?? 0;
    if (!isIndex(choice, choices))
      throw new InhouseError("protocol", `The server sent answer ${choice} of ${choices}.`);
    const text = stringOf(value["content"]) ?? "";
    if (text !== "") batch.push({ type: "text-delta", choice, text });
    const tokens = arrayOf(value["completion_probabilities"])
      .filter(isObject)
      .flatMap((entry) => tokenLogprobs(entry, entry["top_logprobs"], topLogprobs));
    // The last object repeats all that went before.
    if (tokens.length > 0 && value["stop"] !== true) batch.push({ type: "logprobs", choice, tokens });
    if (value["stop"] === true) readStop(value, choice);
    summary.read(value, batch);
  }

  const decoder = {
    complete: false,
    value(value: unknown, batch: ModelEvent[]) {
      decodeValue(value, batch);
      decoder.complete = !reasons.includes(undefined);
    },
    end(batch: ModelEvent[]) {
      if (reasons.includes(undefined)) throw unfinished(begun);
      batch.push({ ...summary.finish(reasons.map((reason) => reason ?? "unknown")), usage });
    },
  };
  return decoder;
}

/** Decodes `/tokenize`: ids, or ids with their text; a token that is no whole character comes as bytes. */
export function tokensDecoder(): Decoder {
  return valueDecoder((value, batch) => {
    const list = value["tokens"];
    if (!Array.isArray(list)) throw new InhouseError("protocol", "The server sent no list of tokens.");
    const tokens = list.map((entry: unknown) => numberOf(entry) ?? numberOf(objectOf(entry)["id"]) ?? Number.NaN);
    if (tokens.some((token) => Number.isNaN(token))) {
      throw new InhouseError("protocol", "The server sent a token that is no number.");
    }
    if (!list.some(isObject)) batch.push({ type: "tokens", tokens });
    else
      batch.push({ type: "tokens", tokens, pieces: list.map((entry: unknown) => pieceOf(objectOf(entry)["piece"])) });
  });
}

function pieceOf(piece: unknown): string {
  if (typeof piece === "string") return piece;
  return new TextDecoder().decode(Uint8Array.from(arrayOf(piece).map(Number)));
}

/** Decodes `/detokenize`. */
export function textDecoder(): Decoder {
  return valueDecoder((value, batch) => {
    const text = stringOf(value["content"]);
    if (text === undefined) throw new InhouseError("protocol", "The server sent no text.");
    if (text !== "") batch.push({ type: "text-delta", choice: 0, text });
  });
}
