import { eventStreamHeaders, textOf } from "../../client/text-stream.ts";

/** What of a stream is sent. */
export type AnswerFormat = "events" | "text";

/** The body of an answer, and the headers that say what it is. */
interface AnswerBody {
  readonly body: ReadableStream<Uint8Array>;
  readonly headers: Readonly<Record<string, string>>;
}

interface Typed {
  readonly type: string;
}

/** The events as a body, which ends the call when it is cancelled; `told` hears of the error that ends it. */
export function answerBody(
  events: AsyncIterator<Typed>,
  format: AnswerFormat,
  told: (error: unknown) => unknown,
): AnswerBody {
  const source: AsyncIterator<Typed> = {
    next: () =>
      events.next().catch((error: unknown) => {
        throw told(error);
      }),
  };
  const cancel = async (): Promise<void> => void (await events.return?.());
  if (format === "events") {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> =>
      (await import("../../client/event-stream.ts")).pullEvent(source, controller);
    return { body: new ReadableStream({ pull, cancel }), headers: eventStreamHeaders };
  }
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => pullText(source, controller);
  return { body: new ReadableStream({ pull, cancel }), headers: textHeaders };
}

const textHeaders = { ...eventStreamHeaders, "content-type": "text/plain; charset=utf-8" };
const encoder = new TextEncoder();

/** Hands on the next piece of text; an error errors the stream, which breaks the connection off. */
async function pullText(
  events: AsyncIterator<Typed>,
  controller: ReadableStreamDefaultController<Uint8Array>,
): Promise<void> {
  for (;;) {
    const { done, value } = await events.next();
    if (done) return controller.close();
    const text = textOf(value);
    if (text !== undefined && text !== "") return controller.enqueue(encoder.encode(text));
  }
}
