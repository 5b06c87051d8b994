import { isInhouseError } from "../core/error.ts";
import type { Batch } from "../core/event.ts";
import type { Middleware } from "../core/handler.ts";
import type { Provider } from "../core/provider.ts";

/** After how long without anything a call says that it waits. */
const silentAfterMs = 10_000;

/**
 * Watches a call for silence. A server that loads, queues or reads a long prompt is silent and healthy, so nothing ends
 * here: the caller gets a `progress` event, and the server is asked how it is beside the call. Only one that is gone
 * ends the call, at once. Written by hand, since an async generator would cost every token several promises.
 */
export function watchSilence(provider: Provider, afterMs: number = silentAfterMs): Middleware {
  return (request, context, next) => ({
    [Symbol.asyncIterator](): AsyncIterator<Batch> {
      const source = next(request, context)[Symbol.asyncIterator]();
      let pending = false; // a read of the source runs
      let come: Promise<IteratorResult<Batch>> | undefined; // what it gave while nobody waited
      let reader: { resolve(step: IteratorResult<Batch>): void; reject(error: unknown): void } | undefined;
      let since = performance.now();
      let timer: NodeJS.Timeout | undefined;

      function read(): void {
        pending = true;
        const step = source.next();
        step.then(
          (result) => {
            pending = false;
            since = performance.now();
            if (result.done) clearTimeout(timer);
            else timer?.refresh();
            const waiting = reader;
            reader = undefined;
            if (waiting) waiting.resolve(result);
            else come = step;
          },
          (error: unknown) => {
            pending = false;
            clearTimeout(timer);
            const waiting = reader;
            reader = undefined;
            if (waiting) waiting.reject(error);
            else come = step;
          },
        );
      }

      async function askServer(): Promise<void> {
        const asked = since;
        const { reportSilence } = await import("./silence-report.ts"); // most calls never are
        const report = await reportSilence(provider, context.signal, asked);
        if (since !== asked || !pending) return; // the reply went on meanwhile, and needs no witness
        timer?.refresh();
        const waiting = reader;
        reader = undefined;
        if (isInhouseError(report)) waiting?.reject(report);
        else waiting?.resolve({ done: false, value: [report] });
      }

      return {
        next() {
          timer ??= setTimeout(() => void askServer(), afterMs);
          if (come) {
            const step = come;
            come = undefined;
            return step;
          }
          return new Promise((resolve, reject) => {
            reader = { resolve, reject };
            if (!pending) read();
          });
        },
        async return() {
          clearTimeout(timer);
          await source.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  });
}
