import type { EndSignal } from "../core/call-end.ts";
import { abortError } from "../core/error.ts";

/** Does the work of a key, or joins those for whom it is being done; `end` ends it for one caller. */
export type SingleFlight<Result> = (
  key: string,
  end: EndSignal,
  work: (signal: AbortSignal) => Promise<Result>,
) => Promise<Result>;

interface Flight<Result> {
  readonly result: Promise<Result>;
  readonly controller: AbortController;
  /** How many wait for it. */
  waiting: number;
}

/**
 * Work that callers who ask for the same at the same time share: none of them can end it for the others, and the last who
 * leaves ends it. Nothing is remembered.
 */
export function singleFlight<Result>(): SingleFlight<Result> {
  const flights = new Map<string, Flight<Result>>();

  function begin(key: string, work: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const controller = new AbortController();
    const flight = { result: work(controller.signal), controller, waiting: 0 };
    const over = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.result.then(over, over);
    flights.set(key, flight);
    return flight;
  }

  return (key, end, work) => {
    if (end.aborted) return Promise.reject(abortError(end));
    const flight = flights.get(key) ?? begin(key, work);
    flight.waiting += 1;
    return new Promise((resolve, reject) => {
      const onEnd = (): void => {
        reject(abortError(end));
        flight.waiting -= 1;
        if (flight.waiting > 0) return;
        if (flights.get(key) === flight) flights.delete(key);
        flight.controller.abort(end.reason);
      };
      const settled = (): void => end.removeEventListener("abort", onEnd);
      end.addEventListener("abort", onEnd, { once: true });
      flight.result.then(resolve, reject).finally(settled);
    });
  };
}
