import { deferred } from "../../core/deferred.ts";
import type { Middleware } from "../../core/handler.ts";
import type { ModelRequest } from "../../core/request.ts";

/** Brings the parts of a request that are no text into the one form that policies see; what that takes is loaded for those. */
export const filesFirst: Middleware = (request, context, next) =>
  deferred(async () => next((await import("./normalize-parts.ts")).normalizeParts(request), context));

/** Whether a request has a message of several parts. */
export const hasParts = (request: ModelRequest): boolean =>
  "messages" in request && (request.messages ?? []).some(({ content }) => typeof content !== "string");
