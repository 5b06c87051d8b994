import type { CallEnd } from "../core/call-end.ts";
import { expireAfter } from "./expire-after.ts";
import type { CallOptions, TimeoutOptions } from "./inputs.ts";
import type { CallRegister } from "./running-calls.ts";
import { mergeTimeouts } from "./timeouts.ts";

/** What ends a run, beside its caller. */
interface RunEnds {
  readonly ending: CallEnd;
  readonly running: CallRegister;
  readonly timeouts: TimeoutOptions;
}

/** One signal for a run of several calls: the caller's, the reader's that leaves, the total limit, and the closing of the client. */
export function runSignal(
  { signal: given, timeout }: Pick<CallOptions, "signal" | "timeout">,
  { ending, running, timeouts }: RunEnds,
) {
  const controller = new AbortController();
  ending.addEventListener("abort", () => controller.abort(ending.reason));
  if (ending.aborted) controller.abort(ending.reason);
  running.add(ending);
  const total = expireAfter(ending, "total", mergeTimeouts(timeouts, timeout).totalMs, 0);
  const signal = given ? AbortSignal.any([given, controller.signal]) : controller.signal;
  function release(): void {
    clearTimeout(total);
    running.delete(ending);
  }
  return { signal, release };
}
