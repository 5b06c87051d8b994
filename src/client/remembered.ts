import { abortError } from "../core/error.ts";

/** How long an answer is believed, in milliseconds. */
export const freshMs = 60_000;

/** Asks, or gives the last answer while it is fresh; `again` asks anew. */
export type Remembered<Answer> = (signal: AbortSignal, again?: "again") => Promise<Answer>;

/**
 * Remembers an answer for a minute. Callers who ask at the same time share one question, which none of them can abort for
 * the others. A failure is not remembered.
 */
export function remembered<Answer>(ask: () => Promise<Answer>): Remembered<Answer> {
  let asked: Promise<Answer> | undefined;
  let answeredAt: number | undefined; // undefined while the question is open
  return (signal, again) => {
    const stale = answeredAt !== undefined && performance.now() - answeredAt > freshMs;
    if (!asked || stale || (again && answeredAt !== undefined)) {
      const question = ask();
      answeredAt = undefined;
      asked = question;
      question.then(
        () => (answeredAt = performance.now()),
        () => (asked = undefined),
      );
    }
    return unlessAborted(asked, signal);
  };
}

function unlessAborted<Answer>(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortError(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
