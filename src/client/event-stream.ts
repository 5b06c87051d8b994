import { isInhouseError } from "../core/error.ts";
import type { ModelEvent } from "../core/event.ts";

/**
 * Events as a web stream of server-sent events: `data: {"type":"text-delta",…}` each. A failure is
 * `event: error` with the error's code, message and hint, then the stream ends; cancelling ends the call.
 */
export function eventStream(events: AsyncIterator<ModelEvent>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await events.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`));
      } catch (error) {
        controller.enqueue(encoder.encode(`event: error\ndata: ${JSON.stringify(publicError(error))}\n\n`));
        controller.close();
      }
    },
    async cancel() {
      await events.return?.();
    },
  });
}

/** A stream of events as an HTTP response that proxies neither cache nor hold back. */
export function eventResponse(body: ReadableStream<Uint8Array>, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers);
  headers.set("content-type", "text/event-stream; charset=utf-8");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-cache, no-transform");
  headers.set("x-accel-buffering", "no");
  return new Response(body, { ...init, headers });
}

function publicError(error: unknown): { readonly code: string; readonly message: string; readonly hint: string } {
  if (!isInhouseError(error)) return { code: "server", message: "The call failed.", hint: "" };
  const { code, message, hint } = error;
  return { code, message, hint };
}
