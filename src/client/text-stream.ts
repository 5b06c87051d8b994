import type { ModelEvent, TextDeltaEvent } from "../core/event.ts";
import type { StreamReader } from "./stream-reader.ts";

/**
 * A reply as it is generated. Iterate it for events, or `text` for the text alone; leaving the loop ends the call and the
 * server stops. `result` is there at the end. It can be read once, and it is not thenable, so an async function may
 * return it.
 */
export interface TextStream<Result, Event = ModelEvent> extends AsyncIterable<Event> {
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

const own = Symbol("the reader of the stream");

/** The same getters for every stream: a getter of each object's own would cost the call its place in young memory. */
const getters: Pick<TextStream<unknown>, "result" | "text"> & ThisType<{ readonly [own]: AnyReader }> = {
  get result() {
    return this[own].result();
  },
  get text() {
    return { [Symbol.asyncIterator]: () => this[own].read(textOf) };
  },
};

/** An event, as far as it is told apart here. */
export interface Typed {
  readonly type: string;
}
type AnyReader = StreamReader<unknown, Typed>;

/** A stream with these fields over what is read. Nothing is sent before somebody reads or asks for the result. */
export function textStream<Result, Event extends Typed, Fields extends object>(
  reader: StreamReader<Result, Event>,
  fields: Fields,
): Omit<TextStream<Result, Event>, "callId"> & Fields {
  const events = (): AsyncIterableIterator<Event> => reader.read((event) => event);

  function toReadableStream(): ReadableStream<Uint8Array> {
    const source = events();
    return new ReadableStream({
      pull: async (controller) => (await import("./event-stream.ts")).pullEvent(source, controller),
      cancel: async () => void (await source.return?.()),
    });
  }

  const methods = {
    [own]: reader,
    [Symbol.asyncIterator]: events,
    toReadableStream,
    toResponse: (init: ResponseInit = {}) =>
      new Response(toReadableStream(), { ...init, headers: { ...eventStreamHeaders, ...headersOf(init) } }),
  };
  return Object.assign(Object.create(getters) as Pick<TextStream<Result>, "result" | "text">, methods, fields);
}

/** The text of an event that has some of the first answer's. */
export function textOf(event: Typed): string | undefined {
  return isTextDelta(event) && event.choice === 0 ? event.text : undefined;
}

const isTextDelta = (event: Typed): event is TextDeltaEvent => event.type === "text-delta";

/** What keeps proxies from holding a stream back or changing it. */
export const eventStreamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

const headersOf = ({ headers }: ResponseInit): Record<string, string> => Object.fromEntries(new Headers(headers));
