import type { TokenLogprob, TokenLogprobs } from "../../core/logprobs.ts";
import type { FinishReason, Usage, Warning } from "../../core/result.ts";
import { inWireNames } from "./wire-names.ts";

/** What a server counted, in OpenAI's form; nothing where it counted nothing. */
export function usageOf(usage: Usage | undefined) {
  if (!usage) return undefined;
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cachedInputTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedInputTokens } }),
    ...(reasoningTokens === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}

/** OpenAI's words for the ends of an answer; it has none for one that nobody told. */
export const finishReasonOf = (reason: FinishReason): string =>
  ({ stop: "stop", length: "length", "tool-calls": "tool_calls", "content-filter": "content_filter", unknown: "stop" })[
    reason
  ];

/** What was changed or left out, in the names of the wire: a field beside OpenAI's own, there only where there is something. */
export const warningsOf = (warnings: readonly Warning[]) =>
  warnings.length === 0
    ? {}
    : {
        warnings: warnings.map(({ option, message }) => ({
          option: inWireNames(option),
          message: inWireNames(message),
        })),
      };

/** Log probabilities as chat answers have them. */
export const chatLogprobs = (tokens: readonly TokenLogprobs[]) => ({
  content: tokens.map((entry) => ({ ...logprobOf(entry), top_logprobs: entry.top.map(logprobOf) })),
  refusal: null,
});

/** The bytes of a token that is no whole character are not known. */
const logprobOf = ({ token, logprob }: TokenLogprob) => ({
  token,
  logprob,
  bytes: token.includes("\uFFFD") ? null : [...new TextEncoder().encode(token)],
});

/** Log probabilities as completions have them, the text of which begins at that place of the answer. */
export function completionLogprobs(tokens: readonly TokenLogprobs[], startsAt = 0) {
  let at = startsAt;
  const offsets = tokens.map(({ token }) => {
    const offset = at;
    at += token.length;
    return offset;
  });
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ top }) => Object.fromEntries(top.map(({ token, logprob }) => [token, logprob]))),
    text_offset: offsets,
  };
}
