import { checkCallOptions } from "./call-options.ts";
import type { SignalListeners } from "./signal-listeners.ts";
import { withAttempt } from "./with-attempt.ts";

/**
 * Asks a server something beside the calls, once; an error tells of that one try. A signal of the caller's is listened to
 * once, however many questions have it at the same time.
 */
export async function underSignal<Answer>(
  signals: SignalListeners,
  signal: AbortSignal | undefined,
  question: (signal?: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  if (!signal) return withAttempt(question);
  checkCallOptions({ signal });
  const own = new AbortController();
  const onAbort = (): void => own.abort(signal.reason);
  if (signal.aborted) onAbort();
  else signals.add(signal, onAbort);
  try {
    return await withAttempt(() => question(own.signal));
  } finally {
    signals.remove(signal, onAbort);
  }
}
