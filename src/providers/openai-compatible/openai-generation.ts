import { InhouseError } from "../../core/error.ts";
import type { ChatRequest, CompletionRequest } from "../../core/request.ts";
import type { Warning } from "../../core/result.ts";
import { sse } from "../../http/sse.ts";
import { wholeBody } from "../../http/whole-body.ts";
import type { BodyFields, Dialect, OpenAIOperation } from "./openai-dialect.ts";
import { encodeSampling } from "./openai-sampling.ts";

/** What a request is encoded for. */
export interface OpenAIEncoding {
  readonly provider: string;
  readonly dialect: Dialect;
  /** Keys of the body that the caller set by `providerOptions`. */
  readonly extras: Readonly<Record<string, unknown>>;
}

/** What chat and completion have in common: adds to the body what both have, and says how the reply will come. */
export function encodeGeneration(
  request: ChatRequest | CompletionRequest,
  encoding: OpenAIEncoding,
  body: Record<string, unknown>,
) {
  const { provider, dialect } = encoding;
  const warnings: Warning[] = [];
  const { n } = request;
  const top = alternativesOf(request.logprobs);
  const promptTop = alternativesOf(request.promptLogprobs);
  // Log probabilities of the prompt come with a whole reply only (vLLM 0.32.0 answers 400 to a stream of them).
  const streams = promptTop === undefined && (request.stream || dialect.alwaysStreams);
  body["stream"] = streams;
  if (streams && dialect.streamsUsage) body["stream_options"] = { include_usage: true };
  Object.assign(body, encodeSampling(request.sampling, dialect.sampling, provider, warnings));
  if (n !== undefined) body["n"] = n;
  if (top !== undefined) {
    body["logprobs"] = true;
    body["top_logprobs"] = Math.max(top, dialect.fewestTopLogprobs);
  }
  if (request.responseFormat) Object.assign(body, responseFormatFields(request, encoding));
  if (promptTop !== undefined) {
    if (!dialect.promptLogprobs) throw unsupported(encoding, "log probabilities of the prompt");
    Object.assign(body, dialect.promptLogprobs(promptTop));
    if (request.stream) {
      const message = `${provider} does not stream with them: the answer comes in one piece.`;
      warnings.push({ option: "promptLogprobs", message });
    }
  }
  if (dialect.countsOneChoice && (n ?? 1) > 1) {
    warnings.push({ option: "n", message: `${provider} counts the output tokens of one answer only in usage.` });
  }
  const framing = streams ? sse : wholeBody;
  const includeRaw = request.includeRaw ?? false;
  return { body, framing, streams, warnings, top, promptTop, model: request.model, includeRaw };
}

function responseFormatFields(
  { kind, responseFormat }: ChatRequest | CompletionRequest,
  encoding: OpenAIEncoding,
): BodyFields {
  const write = encoding.dialect.responseFormat[kind];
  if (!write) throw unsupported(encoding, `response format for ${kind}`);
  return responseFormat ? write(responseFormat) : {};
}

/** How many alternatives to each token were asked for; undefined where no log probabilities were. */
function alternativesOf(logprobs: boolean | number | undefined): number | undefined {
  if (logprobs === undefined || logprobs === false) return undefined;
  return logprobs === true ? 0 : logprobs;
}

/** The operation's path; throws `unsupported` where the dialect has none. */
export function pathOf(encoding: OpenAIEncoding, operation: OpenAIOperation): string {
  const path = encoding.dialect.paths[operation];
  if (path === undefined) throw unsupported(encoding, operation);
  return path;
}

/** The server has no such operation. */
export function unsupported({ provider }: Pick<OpenAIEncoding, "provider">, operation: string): InhouseError {
  return new InhouseError("unsupported", `${provider} has no ${operation}.`, { provider });
}
