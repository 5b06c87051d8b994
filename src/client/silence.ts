import { InhouseError } from "../core/error.ts";
import type { Batch } from "../core/event.ts";
import type { Middleware } from "../core/handler.ts";
import type { Health, Provider } from "../core/provider.ts";

/** After how long without anything a call says that it waits. */
const silentAfterMs = 10_000;

/** What the server said about itself; undefined where it could not be asked. */
interface News {
  readonly health: Health | undefined;
}

/**
 * Watches a call for silence. A server that loads, queues or reads a long prompt is silent and healthy, so nothing ends
 * here: the caller gets a `progress` event, and the server is asked how it is beside the call. Only one that is gone
 * ends the call, at once.
 */
export function watchSilence(provider: Provider, afterMs: number = silentAfterMs): Middleware {
  return async function* watched(request, context, next) {
    const source = next(request, context)[Symbol.asyncIterator]();
    let since = performance.now();
    let wake: ((news: News) => void) | undefined;
    let timer = setTimeout(askServer, afterMs);

    function askServer(): void {
      const asked = since;
      const tell = (health: Health | undefined): void => {
        if (since === asked) wake?.({ health }); // else the reply went on meanwhile, and needs no witness
      };
      provider.health(context.signal).then(
        tell,
        () => tell(undefined), // the call is being ended, and its own source says why
      );
    }

    /** The next batch, or what the server said about itself if that comes first. */
    function batchOrHealth(pending: Promise<IteratorResult<Batch>>): Promise<IteratorResult<Batch> | News> {
      return new Promise((resolve, reject) => {
        wake = resolve;
        pending.then(resolve, reject);
      });
    }

    try {
      for (;;) {
        const pending = source.next();
        let outcome = await batchOrHealth(pending);
        while ("health" in outcome) {
          const { health } = outcome;
          if (health?.status === "down") {
            pending.catch(() => undefined); // it will fail too, later
            throw new InhouseError("reset", `The server is gone: ${health.detail ?? "it does not answer"}`);
          }
          const silentMs = Math.round(performance.now() - since);
          yield [{ type: "progress", phase: "waiting", silentMs, ...(health ? { health: health.status } : {}) }];
          timer = setTimeout(askServer, afterMs);
          outcome = await batchOrHealth(pending);
        }
        if (outcome.done) return;
        since = performance.now();
        timer.refresh();
        yield outcome.value;
      }
    } finally {
      wake = undefined;
      clearTimeout(timer);
      await source.return?.();
    }
  };
}
