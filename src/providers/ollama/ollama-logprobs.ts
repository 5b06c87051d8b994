import { arrayOf, isObject } from "../../http/json.ts";
import { tokenLogprobs } from "../openai-compatible/openai-logprobs.ts";
import type { DecodeLogprobs } from "./ollama-decode.ts";

/** Reads Ollama's `logprobs`, with `top` alternatives of each token at the most. */
export function ollamaLogprobs(top: number): DecodeLogprobs {
  return (value, batch) => {
    const tokens = arrayOf(value)
      .filter(isObject)
      .flatMap((entry) => tokenLogprobs(entry, entry["top_logprobs"], top));
    if (tokens.length > 0) batch.push({ type: "logprobs", choice: 0, tokens });
  };
}
