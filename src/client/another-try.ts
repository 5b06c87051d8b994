import pRetry from "p-retry";

import type { AttemptFailure } from "../core/attempt.ts";
import { isInhouseError, type InhouseError } from "../core/error.ts";
import type { Batch } from "../core/event.ts";
import type { CallContext } from "../core/handler.ts";
import { pause, pauseAfter } from "./pause.ts";

/** The tries of one call. */
export interface Tries {
  readonly maxRetries: number;
  readonly context: CallContext;
  /** Those that failed. */
  readonly failures: AttemptFailure[];
  /** When the running one began. */
  startedAt: number;
  /** Begins a new one and reads its first batch. */
  begin(): Promise<IteratorResult<Batch>>;
}

/** Goes on after a failed try, as often as may be; rejects with the failure that ends it. p-retry runs the tries. */
export async function anotherTry(failure: unknown, tries: Tries): Promise<IteratorResult<Batch>> {
  if (!(failure instanceof Error) || !(await mayRetry(failure, tries))) throw failure;
  // How many tries, and after which pause, by Retry-After and the signal, is for mayRetry to say.
  return pRetry(() => tries.begin(), {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 0,
    shouldRetry: ({ error }) => mayRetry(error, tries),
  });
}

/** Notes a failure and waits for the next try; false where another would not help. */
async function mayRetry(error: Error, tries: Tries): Promise<boolean> {
  const { failures, maxRetries, context } = tries;
  const worthIt = isInhouseError(error) && error.retryable && failures.length < maxRetries && !repeats(error, failures);
  const delayMs = worthIt ? pauseAfter(error, failures.length) : undefined;
  noteFailure(error, tries, delayMs ?? 0);
  if (delayMs === undefined) return false;
  await pause(delayMs, context.signal);
  return true;
}

/** A reply that is not understood may have been damaged on its way; one that is so twice was not. */
function repeats({ code }: InhouseError, failures: readonly AttemptFailure[]): boolean {
  return code === "protocol" && failures.some((failure) => failure.code === code);
}

/** Adds the running try to those that failed. */
export function noteFailure(error: unknown, { failures, startedAt }: Tries, delayMs: number): void {
  if (!isInhouseError(error)) return;
  const { code, message } = error;
  failures.push({ attempt: failures.length + 1, code, message, durationMs: performance.now() - startedAt, delayMs });
}
