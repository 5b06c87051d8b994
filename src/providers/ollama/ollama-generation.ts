import type { ChatRequest, CompletionRequest, ModelRequest } from "../../core/request.ts";
import type { Warning } from "../../core/result.ts";
import type { Sampling } from "../../core/sampling.ts";
import { ndjson } from "../../http/ndjson.ts";
import { encodeSampling } from "../openai-compatible/openai-sampling.ts";
import type { DecodeLogprobs } from "./ollama-decode.ts";
import type { OllamaExtras } from "./ollama-options.ts";
import { unsupported } from "./ollama-unsupported.ts";

export { unsupported } from "./ollama-unsupported.ts";

/**
 * Ollama's names of the sampling options (0.34.2). It has no mirostat any more, answers 400 to `typical_p`, and ignores
 * in silence whatever else it does not know.
 */
export const ollamaSampling = {
  maxTokens: "num_predict",
  stop: "stop",
  seed: "seed",
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  minP: "min_p",
  repeatPenalty: "repeat_penalty",
  repeatLastN: "repeat_last_n",
  presencePenalty: "presence_penalty",
  frequencyPenalty: "frequency_penalty",
} as const satisfies Readonly<Partial<Record<keyof Sampling, string>>>;

const noExtras: OllamaExtras = { body: {}, options: {} };

/** The extras of a request. */
export async function extrasOf({ kind, providerOptions }: ModelRequest): Promise<OllamaExtras> {
  const options = providerOptions?.["ollama"];
  return options ? (await import("./ollama-options.ts")).encodeOllamaOptions(options, kind) : noExtras;
}

/** What chat and completion have in common: the body's keys but for the prompt, and how the reply will come. */
export async function encodeGeneration(request: ChatRequest | CompletionRequest) {
  const { model, sampling, n = 1, logprobs = false, promptLogprobs = false, responseFormat } = request;
  if (n > 1) throw unsupported(`more than one answer to a request (n: ${n})`, "Send the request several times.");
  if (promptLogprobs !== false) throw unsupported("log probabilities of the prompt");
  const extras = await extrasOf(request);
  const form = responseFormat && (await import("./ollama-response-format.ts")).ollamaResponseFormat(responseFormat);
  const warnings: Warning[] = [...(form?.warnings ?? [])];
  return {
    body: {
      model,
      // A whole answer would come without a sign of life before its end, and a failure would lose all of it.
      stream: true,
      // Ollama would cut a prompt that is too long, and the context while it generates, in silence.
      truncate: false,
      shift: false,
      options: { ...encodeSampling(sampling, ollamaSampling, "ollama", warnings), ...extras.options },
      ...(form ? { format: form.format } : {}),
      ...(logprobs === false ? {} : { logprobs: true, top_logprobs: logprobs === true ? 0 : logprobs }),
    },
    extras: extras.body,
    framing: ndjson,
    logprobs: logprobs === false ? undefined : await readLogprobs(logprobs),
    text: form?.text,
    warnings,
    includeRaw: request.includeRaw ?? false,
  };
}

async function readLogprobs(asked: true | number): Promise<DecodeLogprobs> {
  return (await import("./ollama-logprobs.ts")).ollamaLogprobs(asked === true ? 0 : asked);
}
