import { InhouseError } from "../../core/error.ts";
import type { Priority } from "../../core/priority.ts";
import {
  checkConcurrency,
  type ConcurrencyLimit,
  type ConcurrencyOptions,
  type Ticket,
  type Waiter,
} from "./concurrency-options.ts";
import { waitingLine, type Spot } from "./waiting-line.ts";

/** How often those who wait are told their position, in milliseconds: all of them in one walk along the line. */
const toldEachMs = 1_000;

interface Waiting {
  readonly waiter: Waiter;
  told: number;
}

/**
 * Limits how many requests are at a server at a time; the others wait in a fair line. One limit may be the `concurrency`
 * of several clients. Throws `invalid-request` for a wrong option.
 */
export function concurrencyLimit(options: ConcurrencyOptions): ConcurrencyLimit {
  const { max, maxQueued } = checkConcurrency(options);
  const line = waitingLine<Waiting>();
  let running = 0;
  let telling: NodeJS.Timeout | undefined;

  function giveBack(): void {
    const next = line.take();
    if (next) next.waiter.granted(); // the place goes from hand to hand
    else running -= 1;
    if (line.size() === 0) rest();
  }

  function rest(): void {
    clearInterval(telling);
    telling = undefined;
  }

  function tell(): void {
    for (const [waiting, position] of line.positions()) {
      if (waiting.told === position) continue;
      waiting.told = position;
      waiting.waiter.moved(position);
    }
  }

  function queue(priority: Priority, waiter: Waiter): Ticket {
    if (line.size() >= maxQueued) throw full(max, maxQueued);
    const position = line.positionAtEnd(priority);
    let spot: Spot<Waiting> | undefined;
    const ticket = once(() => {
      if (!spot || !line.remove(spot)) giveBack();
      else if (line.size() === 0) rest();
    });
    spot = line.add(priority, { waiter, told: position });
    // What holds a process is the calls that run, not those that wait for them.
    telling ??= setInterval(tell, toldEachMs).unref();
    return { position, leave: ticket };
  }

  return {
    max,
    maxQueued,
    running: () => running,
    waiting: () => line.size(),
    enter(priority, waiter) {
      if (running >= max) return queue(priority, waiter);
      running += 1;
      return { position: 0, leave: once(giveBack) };
    },
  };
}

function full(max: number, maxQueued: number): InhouseError {
  const message = `The client's queue is full: ${max} ${max === 1 ? "call runs" : "calls run"} and ${maxQueued} wait.`;
  const hint = "Send fewer calls at a time, or raise maxQueued; where this is a service, answer 429.";
  return new InhouseError("overloaded", message, { hint, concurrency: { max, maxQueued } });
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
