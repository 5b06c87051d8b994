import type { CallEnd, EndSignal } from "./call-end.ts";
import type { CallContext } from "./handler.ts";

const own = Symbol("the end of the call");

interface Ended {
  readonly [own]: CallEnd;
}

/** The same function for every context, so that they all have one shape. */
function signalOf(this: Ended): AbortSignal {
  const end = this[own];
  const controller = new AbortController();
  if (end.aborted) controller.abort(end.reason);
  else end.addEventListener("abort", () => controller.abort(end.reason));
  Reflect.defineProperty(this, "signal", { value: controller.signal, enumerable: true }); // false where it was frozen
  return controller.signal;
}

/** A context whose `signal` is made when somebody asks for it. */
export function withSignal(context: Omit<CallContext, "signal">, end: CallEnd): CallContext {
  Object.defineProperty(context, own, { value: end }); // not enumerable: a copy of the context has its signal alone
  Object.defineProperty(context, "signal", { get: signalOf, enumerable: true, configurable: true });
  return context as CallContext;
}

/** What ends the call, without making an AbortSignal of it. */
export function endOf(context: CallContext): EndSignal {
  return (context as Partial<Ended>)[own] ?? context.signal;
}
