import type { EndSignal } from "./call-end.ts";
import { abortError, type InhouseError } from "./error.ts";

/** Pauses between tries, in milliseconds: full jitter below a bound that doubles from the base up to the most. */
const baseMs = 250;
const mostMs = 8_000;
/** The shortest pause: a server that answers at once is not to be asked in a tight loop. */
export const leastMs = 50;
/** The longest `Retry-After` that is waited for; a longer one is the caller's to decide, at once. */
export const longestHintMs = 60_000;

/** How long to wait before the next try: never less than the server asked for, and never all callers at the same time. */
export function pauseAfter({ retryAfterMs = 0 }: InhouseError, failedBefore: number): number {
  return Math.max(leastMs, retryAfterMs + jitter(baseMs * 2 ** failedBefore, mostMs));
}

/** Any time below a bound, which is at most `most`; in milliseconds. */
export function jitter(boundMs: number, most: number): number {
  return Math.random() * Math.min(boundMs, most);
}

/** Waits; rejects as soon as the signal ends the call. */
export function pause(ms: number, signal: EndSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal));
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(abortError(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    return signal.addEventListener("abort", onAbort, { once: true });
  });
}
