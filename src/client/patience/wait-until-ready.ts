import { callEnd, type CallEnd } from "../../core/call-end.ts";
import { checkOptions } from "../../core/check-options.ts";
import type { Health } from "../../core/health.ts";
import { checkCallOptions } from "../call-options.ts";
import { checkNumber } from "../check.ts";
import type { CallRegister } from "../running-calls.ts";
import type { SignalListeners } from "../signal-listeners.ts";
import { serves, type Readiness } from "./readiness.ts";

/** Options of `waitUntilReady`. */
export interface ReadinessOptions {
  /** How long to wait at the most, in milliseconds. Default 300,000: a large model takes minutes to load. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with every answer, so that a program can say what it waits for. */
  readonly onHealth?: (health: Health) => void;
}

/** What ends a wait: the closing of the client, and the signals of its callers. */
export interface Ends {
  readonly running: CallRegister;
  readonly signals: SignalListeners;
}

/**
 * Waits until the server answers calls, even if it is busy. Those who wait at the same time share its answers. Rejects
 * with `not-ready` after the time limit.
 */
export async function waitUntilReady(readiness: Readiness, ends: Ends, options: ReadinessOptions = {}): Promise<void> {
  checkOptions("waitUntilReady", options, { timeoutMs: 1, signal: 1, onHealth: 1 });
  checkCallOptions(options.signal ? { signal: options.signal } : {});
  const limitMs = checkNumber("timeoutMs", options.timeoutMs ?? 300_000, { min: 1 });
  const ending = callEnd();
  const release = endedBy(options.signal, ending, ends);
  const answers = readiness.wait({ signal: ending, limitMs });
  try {
    for (;;) {
      const health = await answers.next();
      if (health) options.onHealth?.(health);
      if (!health || serves(health)) return;
    }
  } finally {
    answers.leave();
    release();
  }
}

/** Lets the caller's signal and the closing of the client end something; returns what undoes it. */
export function endedBy(signal: AbortSignal | undefined, ending: CallEnd, { running, signals }: Ends): () => void {
  const onAbort = (): void => ending.abort(signal?.reason);
  running.add(ending);
  if (signal?.aborted) onAbort();
  else if (signal) signals.add(signal, onAbort);
  return () => {
    running.delete(ending);
    if (signal) signals.remove(signal, onAbort);
  };
}
