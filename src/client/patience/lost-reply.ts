import { InhouseError } from "../../core/error.ts";
import type { FinishEvent } from "../../core/event.ts";
import type { Provider } from "../../core/provider.ts";
import type { ModelRequest } from "../../core/request.ts";

/**
 * What is wrong with an answer without content, if anything is. One token for each answer may be the one that ends the text,
 * which some servers count: an empty answer, and an honest one. So is an answer that a stop text of the caller's ended where
 * it began.
 */
export function lostReply(
  request: ModelRequest,
  { name }: Provider,
  { usage, finishReasons, model }: FinishEvent,
): InhouseError | undefined {
  if (!usage || usage.outputTokens <= Math.max(1, finishReasons.length)) return undefined;
  const stops = "sampling" in request ? (request.sampling.stop ?? []) : [];
  if (stops.length > 0 && finishReasons.every((reason) => reason === "stop")) return undefined;
  const cut = finishReasons.includes("length"); // and another try would be
  const message = `The model wrote ${usage.outputTokens} tokens, and ${name} delivered none of them.`;
  return new InhouseError("empty-reply", message, {
    provider: name,
    ...(model === undefined ? {} : { model }),
    retryable: !cut,
    ...(cut ? { hint: "Raise maxTokens: the limit may have cut a tool call, or thinking that is not shown." } : {}),
  });
}
