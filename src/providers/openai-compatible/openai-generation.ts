import type { ChatRequest, CompletionRequest } from "../../core/request.ts";
import type { Warning } from "../../core/result.ts";
import { sse } from "../../http/sse.ts";
import { wholeBody } from "../../http/whole-body.ts";
import type { OpenAIOperation } from "./openai-dialect.ts";
import { unsupported, type EncodedForm, type OpenAIEncoding } from "./openai-encoding.ts";
import { encodeSampling } from "./openai-sampling.ts";

export { unsupported, type OpenAIEncoding } from "./openai-encoding.ts";

/** What chat and completion have in common: adds to the body what both have, and says how the reply will come. */
export function encodeGeneration(
  request: ChatRequest | CompletionRequest,
  encoding: OpenAIEncoding,
  body: Record<string, unknown>,
  form: EncodedForm | undefined,
) {
  const { provider, dialect } = encoding;
  const warnings: Warning[] = [...(form?.warnings ?? [])];
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
  if (form) Object.assign(body, form.fields);
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

/** The form of the answer that a request asks for, written; what that takes is loaded for those that do. */
export async function encodeForm(
  request: ChatRequest | CompletionRequest,
  encoding: OpenAIEncoding,
): Promise<EncodedForm | undefined> {
  if (!request.responseFormat) return undefined;
  return (await import("./openai-response-format.ts")).encodeResponseFormat(request, encoding);
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
