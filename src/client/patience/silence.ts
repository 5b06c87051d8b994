import { isInhouseError } from "../../core/error.ts";
import type { Batch } from "../../core/event.ts";
import type { Middleware } from "../../core/handler.ts";
import type { Provider } from "../../core/provider.ts";

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
      let come: IteratorResult<Batch> | undefined; // what it gave while nobody waited
      let failed: { readonly error: unknown } | undefined; // or how it failed meanwhile
      let reader: { resolve(step: IteratorResult<Batch>): void; reject(error: unknown): void } | undefined;
      let since = performance.now();
      let timer: NodeJS.Timeout | undefined;

      function read(): void {
        pending = true;
        source.next().then(onStep, onFailure);
      }

      function onStep(step: IteratorResult<Batch>): void {
        pending = false;
        since = performance.now();
        if (step.done) clearTimeout(timer);
        else timer?.refresh();
        const waiting = reader;
        reader = undefined;
        if (waiting) waiting.resolve(step);
        else come = step;
      }

      function onFailure(error: unknown): void {
        pending = false;
        clearTimeout(timer);
        const waiting = reader;
        reader = undefined;
        if (waiting) waiting.reject(error);
        else failed = { error };
      }

      function wait(resolve: (step: IteratorResult<Batch>) => void, reject: (error: unknown) => void): void {
        reader = { resolve, reject };
        if (!pending) read();
      }

      async function askServer(): Promise<void> {
        const asked = since;
        const { reportSilence } = await import("./silence-report.ts"); // most calls never are
        const report = await reportSilence(provider, context.signal, asked);
        if (since !== asked || !pending) return; // the reply went on meanwhile, and needs no witness
        timer?.refresh();
        const waiting = reader;
        reader = undefined;
        if (!isInhouseError(report)) return waiting?.resolve({ done: false, value: [report] });
        if (!waiting) return; // asked again when somebody reads
        waiting.reject(report);
        await leave().catch(() => undefined); // the reader has its error
      }

      async function leave(): Promise<IteratorResult<Batch>> {
        clearTimeout(timer);
        await source.return?.();
        return { done: true, value: undefined };
      }

      return {
        next() {
          timer ??= setTimeout(() => void askServer(), afterMs);
          const step = come;
          come = undefined;
          if (step) return Promise.resolve(step);
          if (failed) return Promise.reject(failed.error);
          return new Promise(wait);
        },
        return: leave,
      };
    },
  });
}
