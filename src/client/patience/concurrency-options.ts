import { checkOptions } from "../../core/check-options.ts";
import type { Priority } from "../../core/priority.ts";
import { checkNumber } from "../check.ts";

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

/** The options with their defaults; throws `invalid-request`. */
export function checkConcurrency(options: ConcurrencyOptions): Required<ConcurrencyOptions> {
  checkOptions("concurrency", options, optionNames);
  return {
    max: checkNumber("concurrency.max", options.max, { min: 1, integer: true }),
    maxQueued: checkNumber("concurrency.maxQueued", options.maxQueued ?? 1_000, { min: 0, integer: true }),
  };
}
