import { endOf } from "../../core/call-signal.ts";
import { abortError } from "../../core/error.ts";
import type { Batch } from "../../core/event.ts";
import type { CallContext, Handler, Middleware } from "../../core/handler.ts";
import type { ModelRequest } from "../../core/request.ts";
import type { ConcurrencyLimit, Ticket } from "./concurrency-options.ts";

/**
 * Sends a request when there is a place for it at the server; until then a call waits, and its reader is told so by
 * `progress` events. The place is held from before the request is sent until its reply has ended: read to its end, failed
 * or left. A try of its own is a request of its own, so a pause between tries holds no place.
 */
export function limit(places: ConcurrencyLimit): Middleware {
  return (request, context, next) => ({ [Symbol.asyncIterator]: () => limited(places, request, context, next) });
}

/** Written by hand: a read of the reply costs one promise more than the source's own. */
function limited(
  places: ConcurrencyLimit,
  request: ModelRequest,
  context: CallContext,
  next: Handler,
): AsyncIterator<Batch> {
  let ticket: Ticket | undefined;
  let source: AsyncIterator<Batch> | undefined;
  let first: Promise<IteratorResult<Batch>> | undefined; // begun when the turn came, and not read yet
  let reader: { resolve(step: Step): void; reject(error: unknown): void } | undefined; // waits for the turn
  let position = 0; // to be told with the next read
  let waits = false;
  let left = false;

  type Step = IteratorResult<Batch> | Promise<IteratorResult<Batch>>;

  function begin(): Promise<IteratorResult<Batch>> {
    try {
      source = next(request, context)[Symbol.asyncIterator]();
      return source.next().then(onStep, onFailure);
    } catch (error) {
      return Promise.reject(error).catch(onFailure);
    }
  }

  function onStep(step: IteratorResult<Batch>): IteratorResult<Batch> {
    if (step.done) ticket?.leave();
    return step;
  }

  function onFailure(error: unknown): never {
    ticket?.leave();
    throw error;
  }

  function enter(): Promise<IteratorResult<Batch>> {
    if (endOf(context).aborted) return Promise.reject(abortError(endOf(context)));
    try {
      ticket = places.enter(context.priority ?? "interactive", { granted, moved });
    } catch (error) {
      return Promise.reject(error);
    }
    ({ position } = ticket);
    if (position === 0) return begin();
    waits = true;
    endOf(context).addEventListener("abort", onAbort, { once: true });
    context.queued?.(true);
    return wait();
  }

  /** The reader is told where it stands, or waits for what comes first: its turn, another position, or the end. */
  function wait(): Promise<IteratorResult<Batch>> {
    if (endOf(context).aborted) return Promise.reject(abortError(endOf(context)));
    if (position > 0) return Promise.resolve(told());
    return new Promise((resolve, reject) => {
      reader = { resolve, reject };
    });
  }

  function told(): IteratorResult<Batch> {
    const step = { done: false, value: [{ type: "progress", phase: "queued", position }] } as const;
    position = 0;
    return step;
  }

  function moved(to: number): void {
    position = to;
    const waiting = reader;
    reader = undefined;
    waiting?.resolve(told());
  }

  function granted(): void {
    stopWaiting();
    position = 0;
    // In a turn of its own: this is called by the call that gives its place back.
    first = Promise.resolve().then(() => (left ? { done: true, value: undefined } : begin()));
    first.catch(() => undefined); // its reader is told when it reads
    if (reader) reader.resolve(readFirst(first));
  }

  function readFirst(step: Promise<IteratorResult<Batch>>): Promise<IteratorResult<Batch>> {
    first = undefined;
    return step;
  }

  function onAbort(): void {
    stopWaiting();
    ticket?.leave();
    reader?.reject(abortError(endOf(context)));
  }

  function stopWaiting(): void {
    if (!waits) return;
    waits = false;
    endOf(context).removeEventListener("abort", onAbort);
    context.queued?.(false);
  }

  return {
    next() {
      if (first) return readFirst(first);
      if (source) return source.next().then(onStep, onFailure);
      return ticket ? wait() : enter();
    },
    async return() {
      left = true;
      stopWaiting();
      reader?.resolve({ done: true, value: undefined });
      try {
        await source?.return?.();
      } finally {
        ticket?.leave();
      }
      return { done: true, value: undefined };
    },
  };
}
