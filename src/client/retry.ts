import type { AttemptFailure } from "../core/attempt.ts";
import { isInhouseError, withDetails } from "../core/error.ts";
import { isContent, type Batch, type ModelEvent } from "../core/event.ts";
import type { Middleware } from "../core/handler.ts";

/**
 * Sends a call again when it failed in a way that another try may mend, and only while no content was delivered. `start`
 * is held back, so that the caller sees one for all tries; `progress` passes and commits to nothing.
 */
export function retry(maxRetries: number): Middleware {
  return async function* retried(request, context, next) {
    const failures: AttemptFailure[] = [];
    let reported = 0; // how many of them the caller has seen
    let source: AsyncIterator<Batch> | undefined; // the running try
    let startedAt = 0;
    let held: Batch = []; // its opening, until something follows
    let opened = false;
    let committed = false;

    /** The next batch of the running try, or the first of a new one. */
    function read(): Promise<IteratorResult<Batch>> {
      if (!source) {
        startedAt = performance.now();
        source = next(request, { ...context, attempt: failures.length + 1 })[Symbol.asyncIterator]();
      }
      return source.next();
    }

    function note(error: unknown, delayMs: number): void {
      if (!isInhouseError(error)) return;
      const { code, message } = error;
      const durationMs = performance.now() - startedAt;
      failures.push({ attempt: failures.length + 1, code, message, durationMs, delayMs });
    }

    /** Notes a failure and waits for the next try; false where another would not help. */
    async function mayRetry(error: Error): Promise<boolean> {
      source = undefined;
      held = [];
      const { pause, pauseAfter } = await import("./pause.ts"); // a call that succeeds does without
      const worthIt = isInhouseError(error) && error.retryable && failures.length < maxRetries;
      const delayMs = worthIt ? pauseAfter(error, failures.length) : undefined;
      note(error, delayMs ?? 0);
      if (delayMs === undefined) return false;
      await pause(delayMs, context.signal);
      return true;
    }

    /** Goes on after a failed try; p-retry, loaded for the first one, runs those that follow. */
    async function readAgain(failure: unknown): Promise<IteratorResult<Batch>> {
      if (!(failure instanceof Error) || !(await mayRetry(failure))) throw failure;
      const { default: pRetry } = await import("p-retry");
      // How many tries, and after which pause, by Retry-After and the signal, is for mayRetry to say.
      return pRetry(read, { retries: Infinity, minTimeout: 0, shouldRetry: ({ error }) => mayRetry(error) });
    }

    /** The batch as the caller is to see it: with the opening that was held, and with the failures that came before. */
    function deliverable(batch: Batch): Batch {
      const reply = held.length > 0 ? [...held, ...batch] : batch;
      held = [];
      const opening = reply[0]?.type === "start";
      if (!opening && reported === failures.length) return reply;
      const news = failures.slice(reported).map((failure): ModelEvent => ({ type: "retry", failure }));
      reported = failures.length;
      const rest = reply.filter(({ type }) => type !== "start" && !(opened && type === "warning"));
      const start = opening && !opened ? reply.slice(0, 1) : [];
      opened ||= opening;
      return [...start, ...news, ...rest];
    }

    try {
      for (;;) {
        const step: IteratorResult<Batch> = await (committed ? read() : read().catch(readAgain));
        if (step.done) break;
        committed ||= step.value.some(isContent);
        if (step.value.every(isOpening)) held = [...held, ...step.value];
        else yield deliverable(step.value);
      }
      if (held.length > 0) yield deliverable([]);
    } catch (error) {
      if (committed) note(error, 0);
      throw isInhouseError(error) ? withDetails(error, { attempts: failures }) : error;
    } finally {
      await source?.return?.();
    }
  };
}

const isOpening = ({ type }: ModelEvent): boolean => type === "start" || type === "warning";
