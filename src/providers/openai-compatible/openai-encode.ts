import { InhouseError } from "../../core/error.ts";
import type {
  ChatRequest,
  CompletionRequest,
  EmbeddingRequest,
  ModelRequest,
  RerankRequest,
} from "../../core/request.ts";
import type { Warning } from "../../core/result.ts";
import type { WireRequest } from "../../http/protocol.ts";
import { chatDecoder } from "./openai-chat-decode.ts";
import { completionDecoder } from "./openai-completion-decode.ts";
import type { Dialect, OpenAIOperation } from "./openai-dialect.ts";
import { embeddingDecoder, rerankDecoder } from "./openai-list-decode.ts";
import { encodeMessages, encodeTools } from "./openai-messages.ts";
import { encodeSampling } from "./openai-sampling.ts";

/** What is encoded for. */
export interface OpenAIEncoding {
  readonly provider: string;
  readonly dialect: Dialect;
  /** Keys of the body that the caller set by `providerOptions`. */
  readonly extras: Readonly<Record<string, unknown>>;
}

/** Writes a request in the OpenAI protocol, as a dialect has it; throws `unsupported` for what it has not. */
export function encodeOpenAI(request: ModelRequest, encoding: OpenAIEncoding): WireRequest {
  switch (request.kind) {
    case "chat":
      return encodeChat(request, encoding);
    case "completion":
      return encodeCompletion(request, encoding);
    case "embedding":
      return encodeEmbedding(request, encoding);
    case "rerank":
      return encodeRerank(request, encoding);
    case "tokenization":
    case "detokenization":
      throw unsupported(encoding, request.kind);
  }
}

function encodeChat(request: ChatRequest, encoding: OpenAIEncoding): WireRequest {
  const { dialect, extras } = encoding;
  const generation = encodeGeneration(request, encoding);
  const last = request.messages.at(-1);
  return {
    ...generation,
    path: pathOf(encoding, "chat"),
    body: {
      model: request.model,
      messages: encodeMessages(request.messages, dialect),
      ...encodeTools(request.tools, request.toolChoice, dialect),
      ...generation.body,
      ...(generation.streams ? dialect.streamExtras : {}),
      ...extras,
    },
    decoder: chatDecoder({
      dialect,
      choices: request.n ?? 1,
      topLogprobs: typeof request.logprobs === "number" ? request.logprobs : 0,
      prefill: dialect.echoesPrefill && last?.role === "assistant" ? last.content : "",
    }),
  };
}

function encodeCompletion(request: CompletionRequest, encoding: OpenAIEncoding): WireRequest {
  const generation = encodeGeneration(request, encoding);
  return {
    ...generation,
    path: pathOf(encoding, "completion"),
    body: {
      model: request.model,
      prompt: request.prompt,
      suffix: request.suffix,
      ...generation.body,
      // A number here, in the chat protocol a flag and a number.
      logprobs: request.logprobs === undefined || request.logprobs === false ? undefined : Number(request.logprobs),
      top_logprobs: undefined,
      ...encoding.extras,
    },
    decoder: completionDecoder(request.n ?? 1),
  };
}

/** What chat and completion have in common. */
function encodeGeneration(request: ChatRequest | CompletionRequest, { provider, dialect }: OpenAIEncoding) {
  const warnings: Warning[] = [];
  const sampling = encodeSampling(request.sampling, dialect.sampling, provider, warnings);
  const streams = request.stream || dialect.alwaysStreams;
  const { n, logprobs } = request;
  if (dialect.countsOneChoice && (n ?? 1) > 1) {
    warnings.push({ option: "n", message: `${provider} counts the output tokens of one answer only in usage.` });
  }
  return {
    framing: streams ? ("sse" as const) : ("json" as const),
    streams,
    warnings,
    model: request.model,
    includeRaw: request.includeRaw ?? false,
    body: {
      stream: streams,
      stream_options: streams && dialect.streamsUsage ? { include_usage: true } : undefined,
      ...sampling,
      n,
      logprobs: logprobs === undefined || logprobs === false ? undefined : true,
      top_logprobs: logprobs === undefined || logprobs === false ? undefined : topLogprobs(logprobs, dialect),
    },
  };
}

function topLogprobs(logprobs: true | number, dialect: Dialect): number {
  return Math.max(typeof logprobs === "number" ? logprobs : 0, dialect.fewestTopLogprobs);
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
    framing: "json",
    decoder: embeddingDecoder(request.inputs.length),
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
    framing: "json",
    decoder: rerankDecoder(request.documents.length),
    warnings: [],
    model: request.model,
    includeRaw: false,
  };
}

function pathOf(encoding: OpenAIEncoding, operation: OpenAIOperation): string {
  const path = encoding.dialect.paths[operation];
  if (path === undefined) throw unsupported(encoding, operation);
  return path;
}

function unsupported({ provider }: OpenAIEncoding, operation: string): InhouseError {
  return new InhouseError("unsupported", `${provider} has no ${operation}.`, { provider });
}
