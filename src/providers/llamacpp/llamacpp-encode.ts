import { InhouseError } from "../../core/error.ts";
import type { CompletionRequest, ModelRequest } from "../../core/request.ts";
import type { Warning } from "../../core/result.ts";
import { sse } from "../../http/sse.ts";
import { wholeBody } from "../../http/whole-body.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import { encodeOpenAI } from "../openai-compatible/openai-encode.ts";
import { encodeForm, unsupported, type OpenAIEncoding } from "../openai-compatible/openai-generation.ts";
import { encodeSampling } from "../openai-compatible/openai-sampling.ts";
import { llamacppCompletionDecoder, textDecoder, tokensDecoder } from "./llamacpp-decode.ts";
import { llamacppSampling } from "./llamacpp-dialect.ts";
import { llamacppEncoding } from "./llamacpp-encoding.ts";

/** Writes a request for llama-server: its native protocol where that knows more, else the OpenAI protocol. */
export async function encodeLlamacpp(request: ModelRequest): Promise<WireRequest> {
  const plain = { framing: wholeBody, warnings: [], model: request.model, includeRaw: false } as const;
  switch (request.kind) {
    case "completion":
      return encodeCompletion(request, await llamacppEncoding(request));
    case "tokenization":
      return {
        ...plain,
        path: "/tokenize",
        body: {
          model: request.model,
          content: request.text,
          add_special: request.addSpecial ?? false,
          with_pieces: request.withPieces ?? false,
        },
        decoder: tokensDecoder(),
      };
    case "detokenization":
      return {
        ...plain,
        path: "/detokenize",
        body: { model: request.model, tokens: request.tokens },
        decoder: textDecoder(),
      };
    case "chat":
    case "classification":
    case "embedding":
    case "rerank":
    case "transcription":
      return encodeOpenAI(request, await llamacppEncoding(request));
  }
}

/** Native `/completion`; with a suffix `/infill`. */
async function encodeCompletion(request: CompletionRequest, encoding: OpenAIEncoding): Promise<WireRequest> {
  const form = await encodeForm(request, encoding);
  const warnings: Warning[] = [...(form?.warnings ?? [])];
  if (request.promptLogprobs) throw unsupported({ provider: "llamacpp" }, "log probabilities of the prompt");
  const { prompt, suffix, logprobs = false, n } = request;
  if (suffix !== undefined && typeof prompt !== "string") {
    throw new InhouseError("invalid-request", "complete: infill takes its prompt as text, not as tokens.");
  }
  const text = suffix === undefined ? { prompt } : { input_prefix: prompt, input_suffix: suffix, prompt: "" };
  return {
    path: suffix === undefined ? "/completion" : "/infill",
    body: {
      model: request.model,
      ...text,
      stream: true, // as in chat: a dropped request that does not stream goes on
      return_progress: true,
      ...encodeSampling(request.sampling, llamacppSampling, "llamacpp", warnings),
      ...form?.fields,
      n_cmpl: n,
      n_probs: logprobs === false ? undefined : Math.max(1, Number(logprobs)),
      ...encoding.extras,
    },
    framing: sse,
    decoder: llamacppCompletionDecoder(n ?? 1, typeof logprobs === "number" ? logprobs : 0),
    warnings,
    model: request.model,
    includeRaw: request.includeRaw ?? false,
  };
}
