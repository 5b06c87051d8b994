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

/** A stream over a call. Nothing is sent before somebody reads or asks for the result. */
export function textStream<Result, Event extends { readonly type: string }>(
  callId: string,
  { read, result }: StreamReader<Result, Event>,
): TextStream<Result, Event> {
  const events = (): AsyncIterableIterator<Event> => read((event) => event);

  function toReadableStream(): ReadableStream<Uint8Array> {
    const source = events();
    return new ReadableStream({
      pull: async (controller) => (await import("./event-stream.ts")).pullEvent(source, controller),
      cancel: async () => void (await source.return?.()),
    });
  }

  return {
    callId,
    [Symbol.asyncIterator]: events,
    get result() {
      return result();
    },
    get text() {
      return { [Symbol.asyncIterator]: () => read(textOf) };
    },
    toReadableStream,
    toResponse: (init = {}) =>
      new Response(toReadableStream(), { ...init, headers: { ...eventStreamHeaders, ...headersOf(init) } }),
  };
}

/** The text of an event that has some of the first answer's. */
export function textOf(event: { readonly type: string } | ModelEvent): string | undefined {
  return isTextDelta(event) && event.choice === 0 ? event.text : undefined;
}

const isTextDelta = (event: { readonly type: string }): event is TextDeltaEvent => event.type === "text-delta";

/** What keeps proxies from holding a stream back or changing it. */
const eventStreamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

const headersOf = ({ headers }: ResponseInit): Record<string, string> => Object.fromEntries(new Headers(headers));
