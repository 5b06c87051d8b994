import { InhouseError } from "../core/error.ts";
import type { ModelEvent } from "../core/event.ts";
import type { PartialReply } from "../core/result.ts";

/** What is read: a call, or a run of several. */
export interface Readable<Event> {
  readonly batches: AsyncIterable<readonly Event[]>;
  /** Ends it at once, also while a read of `batches` waits, which then rejects with this error. */
  leave(error: InhouseError): void;
  partial(): PartialReply;
  /** Its last event was read. */
  finished(): boolean;
}

/** Reads a call once, whichever way, and has its result at the end. */
export interface StreamReader<Result, Event = ModelEvent> {
  /**
   * Reads the call for what `pick` makes of its events; `undefined` leaves one out. It ends when the result is there, and
   * throws what the result rejects with. Throws `invalid-request` where the call is being read already.
   */
  read<Item>(pick: (event: Event) => Item | undefined): AsyncIterableIterator<Item>;
  /** The result; where nobody reads, asking for it does. */
  result(): Promise<Result>;
}

const ended: IteratorResult<never> = { done: true, value: undefined };

/** A reader of a call; `resultOf` makes the result when the call has ended. */
export function streamReader<Result, Event, Source extends Readable<Event>>(
  call: Source & Readable<Event>,
  resultOf: (call: Source) => Result | Promise<Result>,
): StreamReader<Result, Event> {
  let claimed = false;
  let result: Promise<Result> | undefined;
  let settle: { resolve(value: Result | Promise<Result>): void; reject(error: unknown): void } | undefined;

  function claim(): AsyncIterator<readonly Event[]> {
    if (claimed) {
      throw new InhouseError("invalid-request", "This stream is being read already.", {
        hint: "A stream is read once: by a loop, by text, by toResponse(), or by asking for its result alone.",
      });
    }
    claimed = true;
    return call.batches[Symbol.asyncIterator]();
  }

  function promise(): Promise<Result> {
    if (result) return result;
    result = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    result.catch(() => undefined); // a result that nobody waits for rejects nobody
    return result;
  }

  function succeed(): Promise<Result> {
    const settled = promise();
    try {
      settle?.resolve(resultOf(call));
    } catch (error) {
      settle?.reject(error);
    }
    return settled;
  }

  function fail(error: unknown): void {
    void promise();
    settle?.reject(error);
  }

  /** Flattens the batches by hand: an async generator would cost a promise for each event. */
  function read<Item>(pick: (event: Event) => Item | undefined): AsyncIterableIterator<Item> {
    const source = claim();
    let batch: readonly Event[] = [];
    let at = 0;
    let over = false; // the reader left, or was told of a failure
    let reading: Promise<IteratorResult<Item>> | undefined; // the read that runs
    let queue: Promise<IteratorResult<Item>> | undefined; // the last of those that wait for it

    function onStep(step: IteratorResult<readonly Event[]>): IteratorResult<Item> | Promise<IteratorResult<Item>> {
      reading = undefined;
      if (step.done) return over ? ended : succeed().then(() => ended);
      batch = step.value;
      at = 0;
      return held() ?? advance();
    }

    function onFailure(error: unknown): never {
      reading = undefined;
      over = true;
      fail(error);
      throw error;
    }

    /** The next item of the batch at hand. */
    function held(): IteratorResult<Item> | undefined {
      while (at < batch.length) {
        const item = pick(batch[at] as Event);
        at += 1;
        if (item !== undefined) return { done: false, value: item };
      }
      return undefined;
    }

    function advance(): Promise<IteratorResult<Item>> {
      const step = held();
      if (step) return Promise.resolve(step);
      reading = source.next().then(onStep, onFailure);
      return reading;
    }

    /** Reads that are asked for at the same time are served in their order. */
    function next(): Promise<IteratorResult<Item>> {
      const before = queue ?? reading;
      if (!before) return advance();
      const turn = before.then(advance, advance);
      const served = (): void => {
        if (queue === turn) queue = undefined;
      };
      queue = turn;
      turn.then(served, served);
      return turn;
    }

    /** Whether the reader was handed the last event of a reply. */
    const complete = (): boolean => !over && at >= batch.length && call.finished();

    const iterator: AsyncIterableIterator<Item> = {
      next,
      async return() {
        if (complete()) {
          over = true;
          await source.return?.();
          void succeed(); // nothing is missing
          return ended;
        }
        const left = new InhouseError("abort", "The stream was left before its end.", { partial: call.partial() });
        over = true;
        fail(left);
        batch = [];
        call.leave(left); // a read that waits would hold return() back
        await source.return?.();
        return ended;
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  async function drain(): Promise<void> {
    try {
      for await (const _ of { [Symbol.asyncIterator]: () => read(() => undefined) });
    } catch {
      // The result has been rejected with it.
    }
  }

  return {
    read,
    result() {
      const asked = promise();
      // A loop that begins in the same turn reads the stream itself.
      queueMicrotask(() => void (claimed || drain()));
      return asked;
    },
  };
}
