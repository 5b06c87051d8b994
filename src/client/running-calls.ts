import { callEnd, type CallEnd } from "../core/call-end.ts";
import { checkOptions } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import { checkNumber } from "./check.ts";

/** Options of `close`. */
export interface CloseOptions {
  /** How long running calls may still take, in milliseconds. Default 0: they end at once. */
  readonly graceMs?: number;
}

/** The calls of a client that run, from its making to its closing. */
export interface RunningCalls extends CallRegister {
  /** Throws `closed` when no new call may begin. */
  checkOpen(): void;
  /** Throws `closed` when what has begun may not go on either. */
  checkRunning(): void;
  /** Whether a call waits for its turn: one that does when the client is closed has no grace. */
  queued(call: CallEnd, waits: boolean): void;
  /** Counts work of several calls as one that runs, so that a closing client lets it finish. Throws `closed`. */
  operation<Result>(run: () => Promise<Result>): Promise<Result>;
  /** Ends them: at once what waits, the others after their grace. Asked again, it waits for the same end. */
  close(options: CloseOptions | undefined, release: () => Promise<void>): Promise<void>;
}

/** Where calls are entered while they run. */
export interface CallRegister {
  add(call: CallEnd): void;
  delete(call: CallEnd): void;
}

const closeOptionNames: Record<keyof CloseOptions, true> = { graceMs: true };

/** No calls yet. */
export function runningCalls(): RunningCalls {
  const running = new Set<CallEnd>();
  const waiting = new Set<CallEnd>();
  let state: "open" | "closing" | "closed" = "open";
  let closing: Promise<void> | undefined;
  let onEmpty: (() => void) | undefined; // wakes who waits for the last one

  function remove(call: CallEnd): void {
    running.delete(call);
    waiting.delete(call);
    if (running.size === 0) onEmpty?.();
  }

  async function end(graceMs: number, release: () => Promise<void>): Promise<void> {
    state = "closing";
    for (const call of waiting) call.abort(closedError());
    if (graceMs > 0 && running.size > 0) await emptyWithin(graceMs);
    state = "closed";
    for (const call of running) call.abort(closedError());
    await release();
  }

  function emptyWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function checkOpen(): void {
    if (state !== "open") throw closedError();
  }

  return {
    checkOpen,
    checkRunning() {
      if (state === "closed") throw closedError();
    },
    add: (call) => void running.add(call),
    delete: remove,
    queued(call, waits) {
      if (waits) waiting.add(call);
      else waiting.delete(call);
    },
    async operation(run) {
      checkOpen();
      const work = callEnd();
      running.add(work);
      try {
        return await run();
      } finally {
        remove(work);
      }
    },
    close(options = {}, release) {
      if (closing) return closing;
      checkOptions("close", options, closeOptionNames);
      const graceMs = checkNumber("graceMs", options.graceMs ?? 0, { min: 0, max: 2_147_483_647 });
      return (closing = end(graceMs, release));
    },
  };
}

const closedError = (): InhouseError => new InhouseError("closed", "The client was closed.");
