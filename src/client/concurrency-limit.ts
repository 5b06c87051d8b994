import { checkOptions } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import type { Priority } from "../core/priority.ts";
import { checkNumber, wrong } from "./check.ts";
import { waitingLine, type Spot } from "./waiting-line.ts";

/** Options of `concurrencyLimit`. */
export interface ConcurrencyOptions {
  /** Most requests at the server at a time. */
  readonly max: number;
  /** Most calls that may wait for a place; a call beyond them fails with `overloaded` at once. Default 1,000. */
  readonly maxQueued?: number;
}

/** A number of places at a server, and the calls that wait for one. Give it to every client of that server. */
export interface ConcurrencyLimit {
  readonly max: number;
  readonly maxQueued: number;
  /** Calls that have a place. */
  running(): number;
  /** Calls that wait for one. */
  waiting(): number;
  /** Takes a place, or else a spot in the line; throws `overloaded` when the line is full. */
  enter(priority: Priority, waiter: Waiter): Ticket;
}

/** Who waits for a place. */
export interface Waiter {
  /** Its turn has come: it has a place. */
  granted(): void;
  /** It will have this turn now; told once a second at the most. */
  moved(position: number): void;
}

/** A place, or a spot in the line. */
export interface Ticket {
  /** The turn it has in the line, the next one being 1; 0 where it got a place at once. */
  readonly position: number;
  /** Gives the place or the spot back; once is enough, and more does nothing. */
  leave(): void;
}

const optionNames: Record<keyof ConcurrencyOptions, true> = { max: true, maxQueued: true };

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
  checkOptions("concurrency", options, optionNames);
  const max = checkNumber("concurrency.max", options.max, { min: 1, integer: true });
  const maxQueued = checkNumber("concurrency.maxQueued", options.maxQueued ?? 1_000, { min: 0, integer: true });
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

/** The limit that `createClient({ concurrency })` asks for. */
export function limitOf(concurrency: number | ConcurrencyOptions | ConcurrencyLimit): ConcurrencyLimit {
  if (typeof concurrency === "number") return concurrencyLimit({ max: concurrency });
  if (typeof concurrency !== "object" || concurrency === null) {
    throw wrong("concurrency", "expected a number, { max, maxQueued } or a concurrencyLimit()");
  }
  return "enter" in concurrency ? concurrency : concurrencyLimit(concurrency);
}

function full(max: number, maxQueued: number): InhouseError {
  const message = `The client's queue is full: ${max} ${max === 1 ? "call runs" : "calls run"} and ${maxQueued} wait.`;
  const hint = "Send fewer calls at a time, or raise maxQueued; where this is a service, answer 503.";
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
