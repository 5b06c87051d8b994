import type { Collected } from "../core/collect.ts";
import { InhouseError } from "../core/error.ts";
import type { RerankRequest } from "../core/request.ts";
import type {
  ChatResult,
  Choice,
  CompletionResult,
  DetokenizationResult,
  RerankResult,
  TokenizationResult,
} from "../core/result.ts";
import type { Call } from "./call.ts";

/** What every result takes from its call. */
export function resultBase(call: Call, { start, finish, warnings, failedAttempts, raw }: Collected) {
  const requestId = start?.requestId ?? finish?.responseId;
  return {
    callId: call.id,
    ...(finish?.model === undefined ? {} : { model: finish.model }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(finish?.usage === undefined ? {} : { usage: finish.usage }),
    ...(finish?.timings === undefined ? {} : { serverTimings: finish.timings }),
    timings: call.timings(),
    warnings,
    failedAttempts,
    raw,
  };
}

/** The result of a chat call that has ended. */
export function chatResult(call: Call): ChatResult {
  const collected = call.collected();
  const first = firstChoice(collected);
  const { text, reasoning, toolCalls } = first;
  return {
    ...resultBase(call, collected),
    ...first,
    choices: collected.choices,
    message: {
      role: "assistant",
      content: text,
      ...(reasoning === "" ? {} : { reasoning }),
      ...(toolCalls.length === 0 ? {} : { toolCalls }),
    },
  };
}

/** The result of a completion call that has ended. */
export function completionResult(call: Call): CompletionResult {
  const collected = call.collected();
  const choices = collected.choices.map(({ text, finishReason, logprobs }) => ({ text, finishReason, logprobs }));
  const { text, finishReason, logprobs } = firstChoice(collected);
  return { ...resultBase(call, collected), text, finishReason, logprobs, choices };
}

/** The result of a rerank call that has ended: best first, whatever the server's order. */
export function rerankResult(call: Call, { documents, topN }: RerankRequest): RerankResult {
  const collected = call.collected();
  const results = collected.rankings
    .map(({ index, score }) => ({ index, score, document: documents[index] ?? "" }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, topN);
  return { ...resultBase(call, collected), results };
}

/** The result of a tokenization call that has ended. */
export function tokenizationResult(call: Call): TokenizationResult {
  const collected = call.collected();
  const { tokens, pieces } = collected;
  return { ...resultBase(call, collected), tokens, ...(pieces === undefined ? {} : { pieces }) };
}

/** The result of a detokenization call that has ended. */
export function detokenizationResult(call: Call): DetokenizationResult {
  const collected = call.collected();
  return { ...resultBase(call, collected), text: collected.choices[0]?.text ?? "" };
}

function firstChoice({ choices }: Collected): Choice {
  const [first] = choices;
  if (!first) throw new InhouseError("protocol", "The reply holds no answer.");
  return first;
}
