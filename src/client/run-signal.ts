import type { CallEnd } from "../core/call-end.ts";

/** One signal for a run of several calls: the caller's, the reader's that leaves, and the closing of the client. */
export function runSignal(
  given: AbortSignal | undefined,
  { ending, running }: { readonly ending: CallEnd; readonly running: Set<CallEnd> },
) {
  const controller = new AbortController();
  ending.addEventListener("abort", () => controller.abort(ending.reason));
  if (ending.aborted) controller.abort(ending.reason);
  running.add(ending);
  const signal = given ? AbortSignal.any([given, controller.signal]) : controller.signal;
  return { signal, release: () => void running.delete(ending) };
}
