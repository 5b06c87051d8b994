import { InhouseError, withDetails } from "../../core/error.ts";
import { asInhouseError } from "../../http/read-reply.ts";

/** A step of a pull, push or creation. */
export interface OllamaProgressEvent {
  /** What is being done, in the server's words, such as `pulling manifest` or `verifying sha256 digest`. */
  readonly status: string;
  /** The file concerned, as `sha256:…`. */
  readonly digest?: string;
  readonly totalBytes?: number;
  /** Absent until the first bytes have come. */
  readonly completedBytes?: number;
}

/**
 * A long operation of the server. Iterate it for its steps, or await `done` alone; nothing is sent before. Leaving the loop
 * ends the operation. It can be read once, and it is not thenable.
 */
export interface OllamaProgress extends AsyncIterable<OllamaProgressEvent> {
  /** Resolves when the operation has succeeded; rejects with what ended it. If no loop has begun, asking for it runs the operation. */
  readonly done: Promise<void>;
}

/** An operation out of its steps, which throw where it fails. */
export function ollamaProgress(
  model: string,
  steps: () => Promise<AsyncIterable<OllamaProgressEvent>>,
): OllamaProgress {
  let failure: InhouseError | undefined = new InhouseError("abort", "The reader left before the end.");
  let done: Promise<void> | undefined;
  let looped = false;
  let end: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));

  async function* run(): AsyncGenerator<OllamaProgressEvent> {
    try {
      for await (const step of await steps()) {
        if (step.status === "success") failure = undefined; // whether the reader stays or not
        yield step;
      }
      failure = undefined;
    } catch (error) {
      failure = withDetails(asInhouseError(error), { provider: "ollama", model });
      throw failure;
    } finally {
      end();
    }
  }

  const running = run();
  async function finished(): Promise<void> {
    await Promise.resolve(); // a loop that begins in the same turn has its steps to itself
    if (looped) await ended;
    else for await (const _ of running);
    if (failure) throw failure;
  }

  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        looped = true;
        return running.next();
      },
      return: () => running.return(undefined),
    }),
    get done() {
      return (done ??= finished());
    },
  };
}
