import type { InhouseError } from "../core/error.ts";

/** The bytes of a reply between the socket, which pushes, and one reader, who pulls. */
export interface ResponseBody extends AsyncIterableIterator<Uint8Array> {
  /** Takes bytes from the socket; `false` asks to pause it. */
  push(chunk: Uint8Array): boolean;
  end(): void;
  fail(error: InhouseError): void;
  /** Bytes wait to be read, so silence of the server is not the matter. */
  waiting(): boolean;
}

/** For what is to run when the read of the socket has been parsed; `queueMicrotask` makes an async resource each time. */
const turn = Promise.resolve();

/** Bytes held before the socket is paused. */
const highWaterMark = 262_144;

/** What the socket's side is told of the reader. */
interface ReaderHooks {
  /** All that was held has been read. */
  onDrained(): void;
  /** The reader waits for what is still to come. */
  onWaiting(): void;
  /** The reader leaves before the end. */
  onLeft(): void;
}

/**
 * A body with back-pressure. Bytes that arrived together are handed out together, so that the layers above see a batch per read of
 * the socket and not one per chunk of the HTTP encoding.
 */
export function responseBody({ onDrained, onWaiting, onLeft }: ReaderHooks): ResponseBody {
  let chunks: Uint8Array[] = [];
  let held = 0;
  let ended = false;
  let failure: InhouseError | undefined;
  let reader: { resolve(result: IteratorResult<Uint8Array>): void; reject(error: InhouseError): void } | undefined;
  let scheduled = false;

  function takeHeld(): Uint8Array {
    const [first] = chunks;
    const bytes = chunks.length === 1 && first ? first : Buffer.concat(chunks, held);
    chunks = [];
    held = 0;
    onDrained();
    return bytes;
  }

  /** Answers the reader that waits, once the rest of the same socket read has been pushed too. */
  function deliver(): void {
    scheduled = false;
    const waiting = reader;
    if (!waiting) return;
    reader = undefined;
    if (held > 0) waiting.resolve({ done: false, value: takeHeld() });
    else if (failure) waiting.reject(failure);
    else if (ended) waiting.resolve({ done: true, value: undefined });
    else reader = waiting;
  }

  function schedule(): void {
    if (scheduled || !reader) return;
    scheduled = true;
    void turn.then(deliver);
  }

  return {
    next() {
      if (held > 0) return Promise.resolve({ done: false, value: takeHeld() });
      if (failure) return Promise.reject(failure);
      if (ended) return Promise.resolve({ done: true, value: undefined });
      onWaiting();
      return new Promise((resolve, reject) => {
        reader = { resolve, reject };
      });
    },
    return() {
      chunks = [];
      held = 0;
      if (!ended && !failure) onLeft();
      ended = true;
      return Promise.resolve({ done: true, value: undefined });
    },
    push(chunk) {
      if (ended || failure) return true;
      chunks.push(chunk);
      held += chunk.length;
      schedule();
      return held < highWaterMark;
    },
    end() {
      ended = true;
      schedule();
    },
    fail(error) {
      failure ??= error;
      schedule();
    },
    waiting: () => held > 0,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
