import type { Batch } from "./event.ts";
import type { Priority } from "./priority.ts";
import type { ModelRequest } from "./request.ts";
import type { TransportTimeouts } from "./transport.ts";

/** What a call carries beside its request. */
export interface CallContext {
  /** The call's id: the same through all its tries. */
  readonly id: string;
  /** Ends the call: the caller's own signal and every limit of the call meet here. */
  readonly signal: AbortSignal;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Labels of the caller's, for policies and records; never sent to the server. */
  readonly tags: Readonly<Record<string, string>>;
  /** Headers of the caller's for the server, beside those of its provider; names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The limits that the transport keeps. */
  readonly timeouts: TransportTimeouts;
  /** Whether the call goes before others that wait, or after them. Default `interactive`. */
  readonly priority?: Priority;
  /** Told by a policy that lets the call wait its turn, when it begins to wait and when it goes on: a wait is not the server's. */
  readonly queued?: (waits: boolean) => void;
  /** When the total limit ends the call, on the clock of `performance.now()`; absent without one. */
  readonly endsAt?: number | undefined;
  /** How long the call may wait for a server that loads, in milliseconds, all its waits together; absent without a limit. */
  readonly readyMs?: number | undefined;
}

/** Answers a request with batches of events; see `ModelEvent` for their grammar. */
export type Handler = (request: ModelRequest, context: CallContext) => AsyncIterable<Batch>;

/**
 * A policy around a call: a handler that is given the next one. It may change the request, the events, or not call
 * `next` at all. Whoever iterates `next` must close it: `for await` does, and so does `try … finally { return?.() }`.
 */
export type Middleware = (request: ModelRequest, context: CallContext, next: Handler) => AsyncIterable<Batch>;

/** Puts middlewares around a handler, the first one outermost. */
export function compose(middlewares: readonly Middleware[], handler: Handler): Handler {
  return middlewares.reduceRight<Handler>(
    (next, middleware) => (request, context) => middleware(request, context, next),
    handler,
  );
}
