import type { ClientTimings } from "../core/result.ts";

/** Measures a call on the monotonic clock. */
export function callClock() {
  let startedAt = 0;
  let contentAt: number | undefined;
  let endedAt: number | undefined;
  let queuedAt: number | undefined;
  let queuedMs = 0;

  function queue(waits: boolean): void {
    if (queuedAt !== undefined) queuedMs += performance.now() - queuedAt;
    queuedAt = waits ? performance.now() : undefined;
  }

  return {
    start: () => void (startedAt = performance.now()),
    content: () => void (contentAt = performance.now()),
    queue,
    /** For how long the server was asked, that is: without the time in the queue. */
    askingMs: () => performance.now() - startedAt - queuedMs,
    end(): void {
      queue(false);
      endedAt = performance.now();
    },
    timings(outputTokens: number | undefined): ClientTimings {
      const end = endedAt ?? performance.now();
      const waited = queuedMs > 0 ? { queuedMs } : {};
      if (contentAt === undefined) return { totalMs: end - startedAt, ...waited };
      const seconds = (end - contentAt) / 1000;
      return {
        totalMs: end - startedAt,
        ...waited,
        firstTokenMs: contentAt - startedAt,
        ...(outputTokens !== undefined && outputTokens > 1 && seconds > 0
          ? { tokensPerSecond: (outputTokens - 1) / seconds }
          : {}),
      };
    },
  };
}
