import { InhouseError } from "../core/error.ts";
import type { Batch, ModelEvent } from "../core/event.ts";
import type { Call } from "./call.ts";

/**
 * A reply as it is generated. Iterate it for events, or `text` for the text alone; leaving the loop ends the call and the
 * server stops. `result` is there at the end. It can be read once, and it is not thenable, so an async function may
 * return it.
 */
export interface TextStream<Result> extends AsyncIterable<ModelEvent> {
  /** The call's id, sent as `X-Request-Id`. */
  readonly callId: string;
  /**
   * What the reply added up to; rejects with what ended it. If nobody reads the stream, asking for the result reads it.
   */
  readonly result: Promise<Result>;
  /** The text of the first answer, piece by piece. */
  readonly text: AsyncIterable<string>;
  /** The events as server-sent events, one JSON object each; an error is an `event: error`. Cancelling it ends the call. */
  toReadableStream(): ReadableStream<Uint8Array>;
  /** `toReadableStream()` as a `text/event-stream` response. */
  toResponse(init?: ResponseInit): Response;
}

/** A stream over a call. Nothing is sent before somebody reads or asks for the result. */
export function textStream<Result>(call: Call, resultOf: (call: Call) => Result): TextStream<Result> {
  let claimed = false;
  let result: Promise<Result> | undefined;
  let settle: { resolve(value: Result): void; reject(error: unknown): void } | undefined;

  function claim(): AsyncIterator<Batch> {
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

  function succeed(): void {
    void promise();
    try {
      settle?.resolve(resultOf(call));
    } catch (error) {
      settle?.reject(error);
    }
  }

  function fail(error: unknown): void {
    void promise();
    settle?.reject(error);
  }

  /** Flattens the batches by hand: an async generator would cost a promise for each event. */
  function events(): AsyncIterableIterator<ModelEvent> {
    const source = claim();
    let batch: Batch = [];
    let at = 0;

    function onStep(step: IteratorResult<Batch>): IteratorResult<ModelEvent> {
      if (step.done) {
        succeed();
        return { done: true, value: undefined };
      }
      batch = step.value;
      at = 1;
      return { done: false, value: batch[0] as ModelEvent };
    }

    function onFailure(error: unknown): never {
      fail(error);
      throw error;
    }

    const iterator: AsyncIterableIterator<ModelEvent> = {
      next() {
        const event = batch[at];
        if (event === undefined) return source.next().then(onStep, onFailure);
        at += 1;
        return Promise.resolve({ done: false, value: event });
      },
      async return() {
        const left = new InhouseError("abort", "The stream was left before its end.", { partial: call.partial() });
        fail(left);
        batch = [];
        call.leave(left); // a read that waits would hold return() back
        await source.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  function toReadableStream(): ReadableStream<Uint8Array> {
    const source = events();
    return new ReadableStream({
      pull: async (controller) => (await import("./event-stream.ts")).pullEvent(source, controller),
      cancel: async () => void (await source.return?.()),
    });
  }

  async function drain(): Promise<void> {
    try {
      for await (const _ of { [Symbol.asyncIterator]: events });
    } catch {
      // The result has been rejected with it.
    }
  }

  return {
    callId: call.id,
    [Symbol.asyncIterator]: events,
    get result() {
      const asked = promise();
      // A loop that begins in the same turn reads the stream itself.
      queueMicrotask(() => void (claimed || drain()));
      return asked;
    },
    get text() {
      return { [Symbol.asyncIterator]: () => textOf(events()) };
    },
    toReadableStream,
    toResponse: (init = {}) =>
      new Response(toReadableStream(), { ...init, headers: { ...eventStreamHeaders, ...headersOf(init) } }),
  };
}

/** What keeps proxies from holding a stream back or changing it. */
const eventStreamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

const headersOf = ({ headers }: ResponseInit): Record<string, string> => Object.fromEntries(new Headers(headers));

async function* textOf(events: AsyncIterable<ModelEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type === "text-delta" && event.choice === 0) yield event.text;
  }
}
