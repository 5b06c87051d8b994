import { checkCallOptions } from "./call-options.ts";
import type { SignalListeners } from "./signal-listeners.ts";

/** Asks under a signal of the caller's, which is listened to once, however many questions have it at the same time. */
export async function underSignal<Answer>(
  signals: SignalListeners,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  checkCallOptions({ signal });
  const own = new AbortController();
  const onAbort = (): void => own.abort(signal.reason);
  if (signal.aborted) onAbort();
  else signals.add(signal, onAbort);
  try {
    return await ask(own.signal);
  } finally {
    signals.remove(signal, onAbort);
  }
}
