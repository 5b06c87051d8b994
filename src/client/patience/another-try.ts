import pRetry from "p-retry";

import type { AttemptFailure } from "../../core/attempt.ts";
import { isInhouseError, withDetails, type InhouseError } from "../../core/error.ts";
import type { Batch, ModelEvent } from "../../core/event.ts";
import { longestHintMs, pause, pauseAfter } from "../../core/pause.ts";
import { failWithAttempts, noteFailure, type Tries } from "./tries.ts";

/**
 * Goes on after a failed try, as often as may be; rejects with the failure that ends it. One that says that the server
 * loads is waited out, and not counted. p-retry runs the tries.
 */
export async function anotherTry(failure: unknown, tries: Tries): Promise<IteratorResult<Batch>> {
  try {
    if (!(failure instanceof Error) || !(await mayRetry(failure, tries))) throw failure;
    // How many tries, and after which pause, by Retry-After, the limits and the signal, is for mayRetry to say.
    return await pRetry(() => tries.begin(), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 0,
      shouldRetry: ({ error }) => mayRetry(error, tries),
    });
  } catch (error) {
    if (!isWaitedOut(error, tries)) return failWithAttempts(error, tries);
    const { waitForLoading } = await import("./loading-wait.ts");
    return waitForLoading(error, tries);
  }
}

/** The server loads: another try needs no retry, but patience. */
function isWaitedOut(error: unknown, { context }: Tries): error is InhouseError {
  return isInhouseError(error) && error.code === "not-ready" && error.retryable && context.readyMs !== 0;
}

/** Notes a failure and waits for the next try; false where another would not help, and throws where it may not be. */
async function mayRetry(error: Error, tries: Tries): Promise<boolean> {
  if (isWaitedOut(error, tries)) return false;
  const failedAt = performance.now();
  const worthIt = isInhouseError(error) && isWorthRetrying(error, tries.failures) && tries.retries < tries.maxRetries;
  const delayMs = worthIt ? pauseAfter(error, tries.retries) : 0;
  const late = worthIt ? tooLate(error, delayMs, failedAt, tries) : undefined;
  const obstacle = !worthIt || late !== undefined || tries.budget.take() ? late : budgetSpent;
  noteFailure(error, tries, failedAt, obstacle === undefined ? delayMs : 0);
  if (obstacle !== undefined && isInhouseError(error)) {
    throw withDetails(error, { hint: `${error.hint} ${obstacle}`.trim() });
  }
  if (!worthIt) return false;
  tries.retries += 1;
  await pause(delayMs, tries.context.signal);
  return true;
}

/**
 * A server that loads is waited for or not, by the limit for that. A queue of our own that is full has hundreds who wait
 * already. A reply that is not understood may have been damaged on its way; one that is so twice was not.
 */
function isWorthRetrying({ code, retryable, concurrency }: InhouseError, failures: readonly AttemptFailure[]): boolean {
  if (!retryable || code === "not-ready" || concurrency !== undefined) return false;
  return code !== "protocol" || !failures.some((failure) => failure.code === code);
}

const budgetSpent = "It was not tried again: too many calls of this client failed, and its retry budget is spent.";

/** Why another try would come too late, in the words of a hint; undefined where it would not. */
function tooLate(
  { retryAfterMs = 0 }: InhouseError,
  delayMs: number,
  now: number,
  { context: { endsAt = Number.POSITIVE_INFINITY } }: Tries,
): string | undefined {
  const leftMs = Math.max(0, Math.round(endsAt - now));
  if (retryAfterMs > longestHintMs || (retryAfterMs > 0 && delayMs >= leftMs)) {
    const time = new Date(Date.now() + retryAfterMs);
    const when = Number.isNaN(time.getTime()) ? "" : `, at ${time.toISOString()}`;
    const bound = retryAfterMs > longestHintMs ? `${longestHintMs} ms` : `the ${leftMs} ms left of the total limit`;
    return `The server asked to come again in ${retryAfterMs} ms${when}: that is longer than ${bound}.`;
  }
  return delayMs < leftMs ? undefined : "It was not tried again: the total limit leaves no time for it.";
}

/** The reply of the try that follows others, as the caller sees it: to the caller all tries are one, with one `start`. */
export interface RetoldReply {
  /** A batch, with the failures that came before it. */
  reply(batch: Batch): Batch;
  /** Throws what ended it, with the tries that failed. */
  fail(error: unknown): never;
}

/** Tells of failures in the reply of the try that follows them; `begun` says whether the caller has seen a `start`. */
export function retoldReply(tries: Tries, begun: boolean): RetoldReply {
  const { failures } = tries;
  let opened = begun;
  let reported = 0;
  return {
    reply(batch) {
      const opening = batch[0]?.type === "start";
      if (!opening && reported === failures.length) return batch;
      const news = failures.slice(reported).map((failure): ModelEvent => ({ type: "retry", failure }));
      reported = failures.length;
      const rest = batch.filter(({ type }) => type !== "start" && !(opened && type === "warning"));
      const start = opening && !opened ? batch.slice(0, 1) : [];
      opened ||= opening;
      return [...start, ...news, ...rest];
    },
    fail(error) {
      noteFailure(error, tries, performance.now());
      return failWithAttempts(error, tries);
    },
  };
}
