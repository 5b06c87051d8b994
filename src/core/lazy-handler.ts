import { deferred } from "./deferred.ts";
import type { Handler } from "./handler.ts";

/** A handler that is loaded with its first call; the calls after that go straight to it. */
export function lazyHandler(load: () => Promise<Handler>): Handler {
  let loading: Promise<Handler> | undefined;
  let handler: Handler | undefined;
  return (request, context) => {
    if (handler) return handler(request, context);
    return deferred(async () => {
      handler = await (loading ??= load());
      return handler(request, context);
    });
  };
}
