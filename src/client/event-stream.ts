import { publicError } from "../core/public-error.ts";

const encoder = new TextEncoder();

/**
 * Hands one event to a web stream as a server-sent event: `data: {"type":"text-delta",…}`. A failure is `event: error`
 * with the error's code, message and hint, then the stream ends.
 */
export async function pullEvent(
  events: AsyncIterator<object>,
  controller: ReadableStreamDefaultController<Uint8Array>,
): Promise<void> {
  try {
    const { done, value } = await events.next();
    if (done) controller.close();
    else controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`));
  } catch (error) {
    controller.enqueue(encoder.encode(`event: error\ndata: ${JSON.stringify(publicError(error))}\n\n`));
    controller.close();
  }
}
