import type { TokenizationRequest } from "../../core/request.ts";
import { arrayOf, isIndex, numberOf, stringOf } from "../../http/json.ts";
import type { Decoder } from "../../http/wire-request.ts";
import { listDecoder, wrong } from "../openai-compatible/openai-list-decode.ts";
import { valueDecoder } from "../openai-compatible/openai-value-decode.ts";
import { piecesOf } from "./vllm-pieces.ts";

/** Decodes `/classify`: `data: [{ index, label, probs }]`, one class for each input or an error. */
export function classificationDecoder(inputs: number): Decoder {
  const seen = new Set<number>();
  return listDecoder("data", {
    entry(entry, position, batch) {
      const index = numberOf(entry["index"]) ?? position;
      const scores = arrayOf(entry["probs"]).map((score) => numberOf(score) ?? Number.NaN);
      if (seen.has(index) || !isIndex(index, inputs)) throw wrong(`a class for input ${index} of ${inputs}`);
      if (scores.length === 0 || scores.some(Number.isNaN)) throw wrong("a class without its probabilities");
      seen.add(index);
      const label = stringOf(entry["label"]) ?? String(scores.indexOf(Math.max(...scores))); // null where the model names none
      batch.push({ type: "classification", index, label, scores });
    },
    end() {
      if (seen.size !== inputs) throw wrong(`${seen.size} classes for ${inputs} inputs`);
    },
  });
}

/** Decodes `/tokenize`: ids, and with them the tokens as the vocabulary spells them. */
export function tokensDecoder({ text, withPieces = false }: TokenizationRequest): Decoder {
  return valueDecoder((value, batch) => {
    const list = value["tokens"];
    if (!Array.isArray(list)) throw wrong("no list of tokens");
    const tokens = list.map((token) => numberOf(token) ?? Number.NaN);
    if (tokens.some(Number.isNaN)) throw wrong("a token that is no number");
    const spellings = arrayOf(value["token_strs"]).map((spelling) => stringOf(spelling) ?? "");
    if (withPieces && spellings.length !== tokens.length) throw wrong("tokens without their text");
    batch.push({ type: "tokens", tokens, ...(withPieces ? { pieces: piecesOf(spellings, text) } : {}) });
  });
}

/** Decodes `/detokenize`. */
export function textDecoder(): Decoder {
  return valueDecoder((value, batch) => {
    const text = stringOf(value["prompt"]);
    if (text === undefined) throw wrong("no text");
    if (text !== "") batch.push({ type: "text-delta", choice: 0, text });
  });
}
