import type { ModelRequest, TokenizationRequest } from "../../core/request.ts";
import { wholeBody } from "../../http/whole-body.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import type { BodyFields } from "../openai-compatible/openai-dialect.ts";
import { encodeOpenAI } from "../openai-compatible/openai-encode.ts";
import { encodeMessages } from "../openai-compatible/openai-messages.ts";
import { classificationDecoder, textDecoder, tokensDecoder } from "./vllm-decode.ts";
import { vllmDialect } from "./vllm-dialect.ts";
import { vllmEncoding } from "./vllm-encoding.ts";

/** Writes a request for vLLM: its own protocol for classes and tokens, else the OpenAI protocol. */
export async function encodeVllm(request: ModelRequest): Promise<WireRequest> {
  const encoding = await vllmEncoding(request);
  const { model } = request;
  const plain = { framing: wholeBody, warnings: [], model, includeRaw: false } as const;
  switch (request.kind) {
    case "classification":
      return {
        ...plain,
        path: "/classify",
        body: { model, input: request.inputs, ...encoding.extras },
        decoder: classificationDecoder(request.inputs.length),
      };
    case "tokenization":
      return {
        ...plain,
        path: "/tokenize",
        body: {
          model,
          ...promptOf(request),
          add_special_tokens: request.addSpecial ?? false, // vLLM's own default is true for text
          return_token_strs: request.withPieces ?? false,
          ...encoding.extras,
        },
        decoder: tokensDecoder(request),
      };
    case "detokenization":
      return { ...plain, path: "/detokenize", body: { model, tokens: request.tokens }, decoder: textDecoder() };
    case "chat":
    case "completion":
    case "embedding":
    case "rerank":
    case "transcription":
      return encodeOpenAI(request, encoding);
  }
}

/** What is to be split: a text, or a conversation as `chat` would send it. */
function promptOf({ text, messages }: TokenizationRequest): BodyFields {
  if (!messages) return { prompt: text };
  const prefill = messages.at(-1)?.role === "assistant" ? vllmDialect.prefillExtras : {};
  return { messages: encodeMessages(messages, vllmDialect), ...prefill };
}
