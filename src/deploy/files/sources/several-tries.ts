import type { EndSignal } from "../../../core/call-end.ts";
import { isInhouseError, type InhouseError } from "../../../core/error.ts";
import { longestHintMs, pause, pauseAfter } from "../../../core/pause.ts";

/** Progress after which failures before are forgotten: a long download may be cut often. */
const forgivingBytes = 1_048_576;

export interface Patience {
  /** Tries after the first, without progress between them. */
  readonly maxRetries: number;
  readonly signal: EndSignal;
}

/**
 * Tries again after what may pass: a lost connection, a server that is busy or fails, silence. Pauses are those of calls,
 * `Retry-After` included. `work` counts the bytes that came by `came`, since who makes progress may fail often.
 */
export async function severalTries<Result>(
  { maxRetries, signal }: Patience,
  work: (came: (bytes: number) => void) => Promise<Result>,
): Promise<Result> {
  let failed = 0;
  for (;;) {
    let bytes = 0;
    try {
      return await work((count) => void (bytes += count));
    } catch (error) {
      if (bytes >= forgivingBytes) failed = 0;
      if (!isInhouseError(error) || !mayPass(error) || failed >= maxRetries || signal.aborted) throw error;
      await pause(pauseAfter(error, failed), signal);
      failed += 1;
    }
  }
}

/** A time limit is worth another try here, since asking for a file again costs the server little. */
function mayPass({ code, retryable, retryAfterMs = 0 }: InhouseError): boolean {
  return (retryable || code === "timeout") && retryAfterMs <= longestHintMs;
}
