import type { ClientTimings } from "../core/result.ts";

/** What a call is measured by, on the monotonic clock. */
export interface CallClock {
  startedAt: number;
  /** When the first content came. */
  contentAt: number | undefined;
  endedAt: number | undefined;
  /** Since when the call has been waiting for its turn, where it does. */
  queuedAt: number | undefined;
  /** How long it waited before that. */
  queuedMs: number;
}

/** A clock that has not been started. */
export const callClock = (): CallClock => ({
  startedAt: 0,
  contentAt: undefined,
  endedAt: undefined,
  queuedAt: undefined,
  queuedMs: 0,
});

/** The call begins to wait for its turn, or goes on. */
export function noteQueue(clock: CallClock, waits: boolean): void {
  if (clock.queuedAt !== undefined) clock.queuedMs += performance.now() - clock.queuedAt;
  clock.queuedAt = waits ? performance.now() : undefined;
}

/** For how long the server was asked, that is: without the time in the queue. */
export const askingMs = ({ startedAt, queuedMs }: CallClock): number => performance.now() - startedAt - queuedMs;

/** What was measured, of a call that runs or has ended. */
export function timingsOf(
  { startedAt, contentAt, endedAt = performance.now(), queuedMs }: CallClock,
  outputTokens: number | undefined,
): ClientTimings {
  const waited = queuedMs > 0 ? { queuedMs } : {};
  if (contentAt === undefined) return { totalMs: endedAt - startedAt, ...waited };
  const seconds = (endedAt - contentAt) / 1000;
  return {
    totalMs: endedAt - startedAt,
    ...waited,
    firstTokenMs: contentAt - startedAt,
    ...(outputTokens !== undefined && outputTokens > 1 && seconds > 0
      ? { tokensPerSecond: (outputTokens - 1) / seconds }
      : {}),
  };
}
