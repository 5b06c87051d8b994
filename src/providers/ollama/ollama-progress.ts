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
  /** Resolves when the operation has succeeded; rejects with what ended it. If nobody iterates, asking for it runs the operation. */
  readonly done: Promise<void>;
}

/** An operation out of its steps, which throw where it fails. */
export function ollamaProgress(
  model: string,
  steps: () => Promise<AsyncIterable<OllamaProgressEvent>>,
): OllamaProgress {
  let failure: InhouseError | undefined = new InhouseError("abort", "The reader left before the end.");
  let done: Promise<void> | undefined;

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
    }
  }

  const running = run();
  async function rest(): Promise<void> {
    while (!(await running.next()).done);
    if (failure) throw failure;
  }

  return {
    [Symbol.asyncIterator]: () => running,
    get done() {
      return (done ??= rest());
    },
  };
}
