import { abortError, type InhouseError } from "../core/error.ts";

/** Pauses between tries, in milliseconds: full jitter below a bound that doubles from the base up to the most. */
const baseMs = 250;
const mostMs = 8_000;
/** The longest `Retry-After` that is waited for; a longer one is the caller's to decide, at once. */
const longestHintMs = 60_000;

/** How long to wait before the next try; undefined where the server asks for longer than it is worth. */
export function pauseAfter(error: InhouseError, failedBefore: number): number | undefined {
  const jitter = Math.random() * Math.min(mostMs, baseMs * 2 ** failedBefore);
  const { retryAfterMs = 0 } = error;
  return retryAfterMs > longestHintMs ? undefined : retryAfterMs + jitter;
}

/** Waits; rejects as soon as the signal ends the call. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
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
