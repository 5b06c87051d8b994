import { isContent, type Batch, type ModelEvent } from "../../core/event.ts";
import type { CallContext, Handler, Middleware } from "../../core/handler.ts";
import type { ModelRequest } from "../../core/request.ts";
import type { RetoldReply } from "./another-try.ts";
import type { RetrySettings, Tries } from "./tries.ts";

/**
 * Sends a call again when it failed in a way that another try may mend, and only while no content was delivered. A server
 * that loads is waited for. `start` is held back, so that the caller sees one for all tries; `progress` passes and commits
 * to nothing.
 */
export function retry(settings: RetrySettings): Middleware {
  return (request, context, next) => ({ [Symbol.asyncIterator]: () => retried(request, context, next, settings) });
}

/** Written by hand: once content was delivered, a read costs no more than the source's own. */
function retried(
  request: ModelRequest,
  context: CallContext,
  next: Handler,
  { maxRetries, budget, readiness }: RetrySettings,
): AsyncIterator<Batch> {
  let source: AsyncIterator<Batch> | undefined; // the running try
  let held: Batch = []; // its opening, until something follows
  let opened = false;
  let left = false;
  let committed = false;
  let retold: RetoldReply | undefined; // once a try has failed
  const tries: Tries = {
    maxRetries,
    budget,
    readiness,
    context,
    failures: [],
    startedAt: 0,
    retries: 0,
    waits: 0,
    begin() {
      if (left) return Promise.resolve({ done: true, value: undefined });
      tries.startedAt = performance.now();
      held = [];
      const attempt = tries.failures.length + 1;
      try {
        source = next(request, attempt === context.attempt ? context : { ...context, attempt })[Symbol.asyncIterator]();
        return source.next();
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };

  /** The batch as the caller is to see it: with the opening that was held, and with the failures that came before. */
  function deliverable(batch: Batch): Batch {
    const reply = held.length > 0 ? [...held, ...batch] : batch;
    held = [];
    if (retold) return retold.reply(reply);
    opened ||= reply[0]?.type === "start";
    return reply;
  }

  /** Reads until something is there that the caller may see. */
  function readOpening(): Promise<IteratorResult<Batch>> {
    if (tries.waiting) return readLoading();
    return (source ? source.next() : tries.begin()).then(onStep, onFailure);
  }

  function onStep(step: IteratorResult<Batch>): IteratorResult<Batch> | Promise<IteratorResult<Batch>> {
    if (step.done) return held.length > 0 ? { done: false, value: deliverable([]) } : step;
    committed = step.value.some(isContent);
    if (committed) budget.giveBack();
    if (!step.value.every(isOpening)) return { done: false, value: deliverable(step.value) };
    held = [...held, ...step.value];
    return readOpening();
  }

  async function onFailure(error: unknown): Promise<IteratorResult<Batch>> {
    held = [];
    const { anotherTry, retoldReply } = await import("./another-try.ts"); // only calls that fail need it
    retold ??= retoldReply(tries, opened);
    return onStep(await anotherTry(error, tries));
  }

  /** The server loads: hands out how far it has come, until it serves. */
  async function readLoading(): Promise<IteratorResult<Batch>> {
    const { waitOn } = await import("./loading-wait.ts");
    const progress = await waitOn(tries);
    if (progress) return { done: false, value: [progress] };
    return tries.begin().then(onStep, onFailure);
  }

  /** Once content was delivered, there is nothing to do but to tell of the tries that failed before. */
  function readOn(): Promise<IteratorResult<Batch>> {
    if (!source || !committed) return readOpening();
    return retold ? source.next().catch(retold.fail) : source.next();
  }

  return {
    next: readOn,
    async return() {
      left = true; // in a pause between tries there is no source to close
      tries.waiting?.answers.leave();
      await source?.return?.();
      return { done: true, value: undefined };
    },
  };
}

const isOpening = ({ type }: ModelEvent): boolean => type === "start" || type === "warning";
