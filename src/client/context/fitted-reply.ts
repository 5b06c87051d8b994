import { isInhouseError, type InhouseError } from "../../core/error.ts";
import type { Batch, FinishEvent, ModelEvent } from "../../core/event.ts";
import type { ChatRequest, CompletionRequest } from "../../core/request.ts";
import type { Warning } from "../../core/result.ts";

/** A request as it is sent. */
export interface Fitted {
  readonly request: ChatRequest | CompletionRequest;
  /** How many messages were left out of it. */
  readonly dropped: number;
}

/** What a reply needs around it. */
export interface Fitting {
  readonly send: (request: Fitted["request"]) => AsyncIterable<Batch>;
  /** What to send in place of what was refused as too long, or the error to fail with. */
  readonly refit: (refused: Fitted, error: InhouseError) => Promise<Fitted | InhouseError>;
  /** What the end of a reply shows about its prompt. */
  readonly atEnd: (sent: Fitted["request"], finish: FinishEvent) => Warning | InhouseError | undefined;
}

/**
 * The reply to a request, sent again shorter where the server refuses it as too long. Its `start` tells how many messages
 * were left out. Written by hand, since an async generator would cost every token several promises.
 */
export function fittedReply(first: Fitted, { send, refit, atEnd }: Fitting): AsyncIterable<Batch> {
  return {
    [Symbol.asyncIterator]() {
      let fitted = first;
      let source = send(fitted.request)[Symbol.asyncIterator]();
      let opened = false; // the server took the request
      let left = false;
      let failure: InhouseError | undefined; // to be thrown by the next read

      function next(): Promise<IteratorResult<Batch>> {
        if (failure) return fail(failure);
        return opened ? source.next().then(onStep) : source.next().then(onStep, onRefusal);
      }

      function onStep(step: IteratorResult<Batch>): IteratorResult<Batch> | Promise<IteratorResult<Batch>> {
        if (step.done) return step;
        const batch = opened ? step.value : openedBy(step.value);
        const finish = batch.at(-1);
        const found = finish?.type === "finish" ? atEnd(fitted.request, finish) : undefined;
        if (!found || !finish) return { done: false, value: batch };
        const before = batch.slice(0, -1);
        if (!isInhouseError(found)) return { done: false, value: [...before, warningOf(found), finish] };
        failure = found;
        return before.length > 0 ? { done: false, value: before } : fail(found); // nothing that came is lost
      }

      /** Tells with the start, which a wait may precede, what was left out. */
      function openedBy(batch: Batch): Batch {
        const at = batch.findIndex(({ type }) => type === "start");
        const start = batch[at];
        if (start?.type !== "start") return batch;
        opened = true;
        const { dropped: droppedMessages } = fitted;
        if (droppedMessages === 0) return batch;
        const told = [{ ...start, droppedMessages }, warningOf(leftOut(droppedMessages))];
        return batch.toSpliced(at, 1, ...told);
      }

      async function onRefusal(error: unknown): Promise<IteratorResult<Batch>> {
        if (!isInhouseError(error) || error.code !== "context-length") throw error;
        const outcome = await refit(fitted, error);
        if (isInhouseError(outcome)) throw outcome;
        if (left) return { done: true, value: undefined };
        fitted = outcome;
        source = send(fitted.request)[Symbol.asyncIterator]();
        return next();
      }

      async function fail(error: InhouseError): Promise<never> {
        await source.return?.();
        throw error;
      }

      return {
        next,
        async return() {
          left = true;
          await source.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

const warningOf = (warning: Warning): ModelEvent => ({ type: "warning", warning });

const leftOut = (messages: number): Warning => ({
  option: "context",
  message: `The conversation does not fit into the window: its ${messages} oldest messages were left out.`,
});
