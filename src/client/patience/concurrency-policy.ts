import { deferred } from "../../core/deferred.ts";
import type { Middleware } from "../../core/handler.ts";
import { checkConcurrency, type ConcurrencyLimit, type ConcurrencyOptions } from "./concurrency-options.ts";

/** The policy that a client's `concurrency` asks for; what it takes is loaded with the first call. Throws `invalid-request`. */
export function concurrencyPolicy(given: number | ConcurrencyOptions | ConcurrencyLimit): Middleware {
  const options = typeof given === "number" ? { max: given } : given;
  const shared = isLimit(options) ? options : undefined;
  const own = shared ? undefined : checkConcurrency(options);
  let loaded: Middleware | undefined;

  async function load(): Promise<Middleware> {
    const [{ limit }, { concurrencyLimit }] = await Promise.all([
      import("./limit.ts"),
      import("./concurrency-limit.ts"),
    ]);
    return (loaded ??= limit(shared ?? concurrencyLimit(own as ConcurrencyOptions)));
  }

  return (request, context, next) =>
    loaded ? loaded(request, context, next) : deferred(async () => (await load())(request, context, next));
}

const isLimit = (value: unknown): value is ConcurrencyLimit =>
  typeof value === "object" && value !== null && "enter" in value;
