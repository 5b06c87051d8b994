import { InhouseError } from "../../core/error.ts";
import type { FinishEvent } from "../../core/event.ts";
import type { Provider } from "../../core/provider.ts";
import type { ChatRequest, CompletionRequest } from "../../core/request.ts";
import type { Warning } from "../../core/result.ts";
import { fewestTokens } from "./prompt-bytes.ts";

/**
 * What the count of a reply shows about its prompt: a server that read less than half as many tokens as the prompt has
 * words cut it. That is an error where the count is known to include the tokens from the server's cache; a server that
 * tells nothing of its cache may have left those out, and what the caller allowed is no error either: then it is a warning.
 */
export function cutPrompt(
  { name }: Provider,
  request: ChatRequest | CompletionRequest,
  { usage }: FinishEvent,
  mayBeCut: boolean,
): Warning | InhouseError | undefined {
  if (!usage || usage.inputTokens === 0) return undefined; // it counted nothing
  const fewest = fewestTokens(request);
  if (2 * usage.inputTokens >= fewest) return undefined;
  const message = `${name} read ${usage.inputTokens} tokens of a prompt that has ${fewest} words at least: it cut the rest off.`;
  const allowed = mayBeCut || (request.kind === "chat" && request.context === "trim");
  if (allowed || usage.cachedInputTokens === undefined) return { option: "context", message };
  return new InhouseError("context-length", message, {
    provider: name,
    ...(request.model === undefined ? {} : { model: request.model }),
    retryable: false,
    hint: "The answer does not know the beginning of the prompt. Shorten it, or give the model a larger context.",
  });
}
