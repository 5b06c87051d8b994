import { InhouseError } from "../../core/error.ts";
import type { ScoreText, TokenScore } from "../../deploy/quantize/text-scores.ts";
import { askJson, createEndpoint, type EndpointOptions } from "../../http/endpoint.ts";
import { arrayOf, isObject, numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";
import { vllmDialect } from "./vllm-dialect.ts";

const timeouts = { connectMs: 5_000, idleMs: 300_000 } as const;

/** Has a vLLM score a text, in one request: it tells the log probabilities of a prompt (0.32.0). */
export function vllmTextScores(options: EndpointOptions, named?: string): ScoreText {
  return async (text, { signal, onToken }) => {
    const endpoint = createEndpoint("vllm", options, {
      baseURL: "http://127.0.0.1:8000",
      prefix: (prefix) => prefix.replace(/\/v1$/, ""),
      classify: vllmDialect.classify,
    });
    const post = (path: string, body: object) =>
      askJson(endpoint, { method: "POST", path, body, signal, timeouts }).then(objectOf);
    try {
      const model =
        named ?? (await askJson(endpoint, { method: "GET", path: "/v1/models", signal, timeouts }).then(firstOf));
      const { tokens: told } = await post("/tokenize", { model, prompt: text, add_special_tokens: true });
      const tokens = arrayOf(told).flatMap((token) => numberOf(token) ?? []);
      const reply = await post("/v1/completions", {
        model,
        prompt: tokens,
        max_tokens: 1,
        temperature: 0,
        prompt_logprobs: 1,
      });
      const places = arrayOf(objectOf(arrayOf(reply["choices"])[0])["prompt_logprobs"]);
      const scores = tokens.slice(1).map((token, place) => scoreOf(objectOf(places[place + 1]), token));
      onToken?.(scores.length, scores.length);
      return { tokens, scores };
    } finally {
      await endpoint.close();
    }
  };
}

const firstOf = (reply: unknown): string | undefined => stringOf(objectOf(arrayOf(objectOf(reply)["data"])[0])["id"]);

/** Of `{ "<token id>": { logprob, rank } }`, which holds the text's own token and the likeliest. */
function scoreOf(entry: JsonObject, token: number): TokenScore {
  const [likeliest] = Object.entries(entry).flatMap(([id, value]) =>
    isObject(value) && value["rank"] === 1 ? [Number(id)] : [],
  );
  const logprob = numberOf(objectOf(entry[String(token)])["logprob"]);
  if (logprob !== undefined && likeliest !== undefined) return { logprob, likeliest };
  throw new InhouseError("protocol", "vLLM told no probability of a token of the prompt.", {
    provider: "vllm",
    hint: "Log probabilities of prompts may be switched off by --max-logprobs 0.",
  });
}
