import { InhouseError } from "../../core/error.ts";
import type { CompletionRequest, EmbeddingRequest, ModelRequest, RerankRequest } from "../../core/request.ts";
import { wholeBody } from "../../http/whole-body.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import { encodeChat } from "./openai-chat-encode.ts";
import { completionDecoder } from "./openai-completion-decode.ts";
import { encodeForm, encodeGeneration, pathOf, unsupported, type OpenAIEncoding } from "./openai-generation.ts";
import { embeddingDecoder, rerankDecoder } from "./openai-list-decode.ts";
import { promptLogprobs } from "./openai-prompt-logprobs.ts";
import { encodeTranscription, transcriptionEncoding } from "./openai-transcription.ts";

/** Writes a request in the OpenAI protocol, as a dialect has it; throws `unsupported` for what it has not. */
export async function encodeOpenAI(request: ModelRequest, encoding: OpenAIEncoding): Promise<WireRequest> {
  switch (request.kind) {
    case "chat":
      return encodeChat(request, encoding);
    case "completion":
      return encodeCompletion(request, encoding);
    case "embedding":
      return encodeEmbedding(request, encoding);
    case "rerank":
      return encodeRerank(request, encoding);
    case "transcription":
      return encodeTranscription(request, transcriptionEncoding(encoding));
    case "classification":
    case "tokenization":
    case "detokenization":
      throw unsupported(encoding, request.kind);
  }
}

async function encodeCompletion(request: CompletionRequest, encoding: OpenAIEncoding): Promise<WireRequest> {
  const { model, prompt, suffix, n = 1 } = request;
  if (suffix !== undefined && !encoding.dialect.suffix) {
    throw new InhouseError(
      "unsupported",
      `${encoding.provider} is not known to fill in the middle: it may ignore suffix.`,
      {
        provider: encoding.provider,
        hint: "Set suffix: true in the dialect if your server obeys it, or write the model's own tokens into the prompt.",
      },
    );
  }
  const form = await encodeForm(request, encoding);
  const generation = encodeGeneration(request, encoding, { model, prompt, suffix }, form);
  const { body, framing, warnings, top, promptTop, includeRaw } = generation;
  delete body["top_logprobs"];
  if (top !== undefined) body["logprobs"] = Math.max(top, 1); // a number here, in the chat protocol a flag and a number
  Object.assign(body, encoding.extras);
  const path = pathOf(encoding, "completion");
  const decoder = completionDecoder(n, promptTop === undefined ? undefined : promptLogprobs(promptTop));
  return { path, body, framing, decoder, warnings, model, includeRaw };
}

function encodeEmbedding(request: EmbeddingRequest, encoding: OpenAIEncoding): WireRequest {
  const { dialect, provider } = encoding;
  if (request.dimensions !== undefined && !dialect.embeddingDimensions) {
    throw new InhouseError("unsupported", `${provider} cannot shorten vectors: it ignores dimensions.`, {
      provider,
      hint: "Leave dimensions out and shorten the vectors yourself, if the model was trained for it.",
    });
  }
  return {
    path: pathOf(encoding, "embedding"),
    body: {
      model: request.model,
      input: request.inputs,
      encoding_format: dialect.embeddingEncoding,
      dimensions: request.dimensions,
      ...encoding.extras,
    },
    framing: wholeBody,
    decoder: embeddingDecoder(request.inputs.length, request.dimensions),
    warnings: [],
    model: request.model,
    includeRaw: false,
  };
}

function encodeRerank(request: RerankRequest, encoding: OpenAIEncoding): WireRequest {
  return {
    path: pathOf(encoding, "rerank"),
    body: {
      model: request.model,
      query: request.query,
      documents: request.documents,
      top_n: request.topN,
      ...encoding.extras,
    },
    framing: wholeBody,
    decoder: rerankDecoder(request.documents.length),
    warnings: [],
    model: request.model,
    includeRaw: false,
  };
}
