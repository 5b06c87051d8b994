import { callEnd, type CallEnd } from "../core/call-end.ts";
import { withSignal } from "../core/call-signal.ts";
import { collector, type Collected } from "../core/collect.ts";
import { abortError, InhouseError } from "../core/error.ts";
import { isContent, type Batch } from "../core/event.ts";
import type { Handler, Middleware } from "../core/handler.ts";
import type { Priority } from "../core/priority.ts";
import type { ModelRequest } from "../core/request.ts";
import type { ClientTimings, PartialReply } from "../core/result.ts";
import { askingMs, callClock, noteQueue, timingsOf } from "./call-clock.ts";
import { expireAfter } from "./expire-after.ts";
import type { CallOptions } from "./inputs.ts";
import type { CallRegister } from "./running-calls.ts";
import type { SignalListeners } from "./signal-listeners.ts";
import type { CallLimits } from "./timeouts.ts";

/** How a call is run. */
export interface CallSettings {
  readonly handler: Handler;
  readonly newId: () => string;
  readonly limits: CallLimits;
  readonly signal?: AbortSignal | undefined;
  readonly signals: SignalListeners;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly priority?: Priority | undefined;
  /** Calls that run, so that the client can end them when it is closed. */
  readonly running: CallRegister;
  /** Told when the call begins to wait for its turn, and when it goes on. */
  readonly onQueue?: ((call: CallEnd, waits: boolean) => void) | undefined;
  /** Throws `closed` when the client was closed before the call began. */
  readonly checkOpen: () => void;
}

/** A call that runs while its batches are read. */
export interface Call {
  readonly id: string;
  /** The reply; read once. Leaving the loop early ends the call. */
  readonly batches: AsyncIterable<Batch>;
  /** Ends the call at once, also while a read of `batches` waits, which then rejects with this error. */
  leave(error: InhouseError): void;
  /** What the reply added up to; complete when `batches` has ended. */
  collected(): Collected;
  partial(): PartialReply;
  /** Its last event was read. */
  finished(): boolean;
  timings(): ClientTimings;
}

/** Prepares a call with the client's settings; `outermost` stands before every policy. */
export type StartCall = (request: ModelRequest, input: CallOptions, outermost?: Middleware) => Call;

/** Prepares a call. It begins with the first read of `batches`; so do its limits and its clock. */
export function startCall(request: ModelRequest, settings: CallSettings): Call {
  const id = settings.newId();
  const collection = collector();
  const clock = callClock();
  const ending = callEnd();
  const { handler, running, signal, signals, tags = {}, priority = "interactive", checkOpen } = settings;
  const { firstTokenMs, totalMs, readyMs, transport: timeouts } = settings.limits;
  const onAbort = (): void => ending.abort(signal?.reason);
  let first: NodeJS.Timeout | undefined;
  let total: NodeJS.Timeout | undefined;
  let source: AsyncIterator<Batch> | undefined;
  let tried = false;
  let delivered = false;
  let over = false;

  function begin(): AsyncIterator<Batch> {
    clock.startedAt = performance.now();
    checkOpen();
    first = expireAfter(ending, "first-token", firstTokenMs, 0);
    total = expireAfter(ending, "total", totalMs, 0);
    running.add(ending);
    if (signal?.aborted) onAbort();
    else if (signal) signals.add(signal, onAbort);
    if (ending.aborted) throw abortError(ending);
    const endsAt = totalMs === undefined ? undefined : performance.now() + totalMs;
    tried = true;
    const context = withSignal({ id, attempt: 1, tags, timeouts, endsAt, readyMs, priority, queued }, ending);
    return handler(request, context)[Symbol.asyncIterator]();
  }

  /** The first-token limit is about the server: it stands still while nothing is asked of it. */
  function queued(waits: boolean): void {
    if (over) return;
    noteQueue(clock, waits);
    settings.onQueue?.(ending, waits);
    clearTimeout(first);
    if (!waits && !delivered && !ending.aborted)
      first = expireAfter(ending, "first-token", firstTokenMs, askingMs(clock));
  }

  function end(): void {
    if (over) return;
    over = true;
    noteQueue(clock, false);
    clock.endedAt = performance.now();
    clearTimeout(first);
    clearTimeout(total);
    if (signal) signals.remove(signal, onAbort);
    running.delete(ending);
  }

  function onStep(step: IteratorResult<Batch>): IteratorResult<Batch> | Promise<never> {
    if (step.done) {
      if (!collection.finished()) {
        return onFailure(new InhouseError("truncated", "The reply ended without its last event."));
      }
      end();
      return step;
    }
    if (!delivered && step.value.some(isContent)) {
      delivered = true;
      clearTimeout(first);
      clock.contentAt = performance.now();
    }
    collection.add(step.value);
    return step;
  }

  async function onFailure(error: unknown): Promise<never> {
    end();
    const ended = ending.aborted ? abortError(ending) : undefined;
    ending.abort(); // nothing that was begun for the call may go on
    const durationMs = timingsOf(clock, undefined).totalMs;
    const { failedCall } = await import("./patience/failed-call.ts");
    throw failedCall(error, { ended, tried, durationMs, delivered: delivered ? collection.partial() : undefined });
  }

  /** Written by hand: an async generator would cost every token several promises. */
  const iterator: AsyncIterableIterator<Batch> = {
    next() {
      if (over) return Promise.resolve({ done: true, value: undefined });
      if (source) return source.next().then(onStep, onFailure);
      try {
        source = begin();
      } catch (error) {
        return onFailure(error);
      }
      return source.next().then(onStep, onFailure);
    },
    async return() {
      end();
      ending.abort(); // a reader that left early
      await source?.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };

  return {
    id,
    batches: iterator,
    leave: (error) => ending.abort(error),
    collected: () => collection.collected(),
    partial: () => collection.partial(),
    finished: () => collection.finished(),
    timings: () => timingsOf(clock, collection.outputTokens()),
  };
}
