import type { ProgressEvent } from "../../core/event.ts";

/** Headers of a stream, which keep proxies from holding it back. */
export const eventStreamHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/** A piece of a stream: an object as data; a word, such as `[DONE]`; or a comment, which readers skip. */
export type StreamPiece = { readonly data: object | string; readonly event?: string } | { readonly comment: string };

/**
 * Server-sent events out of pieces. One piece is asked for when the one before was taken: who reads slowly slows the model's
 * server. Who stops reading ends the source, and `onLeave` is told first: a source that waits for its next piece cannot be ended.
 */
export function eventStream(pieces: AsyncIterator<StreamPiece>, onLeave: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        const step = await pieces.next();
        if (step.done) controller.close();
        else controller.enqueue(encoder.encode(written(step.value)));
      },
      async cancel() {
        onLeave();
        await pieces.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function written(piece: StreamPiece): string {
  if ("comment" in piece) return `: ${piece.comment}\n\n`;
  const head = piece.event === undefined ? "" : `event: ${piece.event}\n`;
  return `${head}data: ${typeof piece.data === "string" ? piece.data : JSON.stringify(piece.data)}\n\n`;
}

/** After how long a stream that has nothing to tell yet begins all the same, so that no proxy takes it for dead. */
const patienceMs = 9_000;

/** Makes a comment of what comes of waiting, once that has lasted. */
export function waitingComment(): (event: ProgressEvent) => readonly StreamPiece[] {
  const startedAt = performance.now();
  return ({ phase }) => (performance.now() - startedAt < patienceMs ? [] : [{ comment: phase }]);
}
