import { deferred } from "../core/deferred.ts";
import type { Middleware } from "../core/handler.ts";
import type { Provider } from "../core/provider.ts";
import type { ModelRequest } from "../core/request.ts";
import { isShort } from "./context/short-prompt.ts";
import type { Target } from "./target.ts";

/** Fields of a request that need a look at the model. */
const special = ["providerOptions", "responseFormat", "tools", "reasoning", "suffix", "context"];

/**
 * Fits a request to its target before it is sent: the model's name where the server would take any, and what the model
 * cannot do. What nobody knows is left to the server. Tools are brought to the model in the way that holds there.
 */
export function prepare(target: Target): Middleware {
  return (request, context, next) =>
    isPlain(target.provider, request)
      ? next(request, context)
      : deferred(async () => (await import("./prepared.ts")).prepared(target, request, context, next));
}

/** Nothing is to be asked, refused or watched: so it is with most calls. */
function isPlain(provider: Provider, request: ModelRequest): boolean {
  return (
    (request.kind === "chat" || request.kind === "completion") &&
    provider.capabilities[request.kind].supported !== "no" &&
    (request.model === undefined) === (provider.ignoresModelName ?? false) &&
    !special.some((name) => name in request) &&
    (request.kind === "completion" || request.messages.every(({ role }) => role !== "tool")) &&
    isShort(request)
  );
}
