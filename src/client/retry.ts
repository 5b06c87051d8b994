import { isInhouseError, withDetails } from "../core/error.ts";
import { isContent, type Batch, type ModelEvent } from "../core/event.ts";
import type { Middleware } from "../core/handler.ts";
import type { Tries } from "./another-try.ts";

/** What only calls that fail need, loaded with the first failure. */
const trying = () => import("./another-try.ts");

/**
 * Sends a call again when it failed in a way that another try may mend, and only while no content was delivered. `start`
 * is held back, so that the caller sees one for all tries; `progress` passes and commits to nothing.
 */
export function retry(maxRetries: number): Middleware {
  return async function* retried(request, context, next) {
    const { signal } = context;
    let source: AsyncIterator<Batch> | undefined; // the running try
    let held: Batch = []; // its opening, until something follows
    let opened = false;
    let committed = false;
    let reported = 0; // how many failures the caller has seen
    const tries: Tries = {
      maxRetries,
      signal,
      failures: [],
      startedAt: 0,
      begin() {
        tries.startedAt = performance.now();
        held = [];
        source = next(request, { ...context, attempt: tries.failures.length + 1 })[Symbol.asyncIterator]();
        return source.next();
      },
    };

    /** The batch as the caller is to see it: with the opening that was held, and with the failures that came before. */
    function deliverable(batch: Batch): Batch {
      const reply = held.length > 0 ? [...held, ...batch] : batch;
      held = [];
      const opening = reply[0]?.type === "start";
      if (!opening && reported === tries.failures.length) return reply;
      const news = tries.failures.slice(reported).map((failure): ModelEvent => ({ type: "retry", failure }));
      reported = tries.failures.length;
      const rest = reply.filter(({ type }) => type !== "start" && !(opened && type === "warning"));
      const start = opening && !opened ? reply.slice(0, 1) : [];
      opened ||= opening;
      return [...start, ...news, ...rest];
    }

    async function read(): Promise<IteratorResult<Batch>> {
      try {
        return await (source ? source.next() : tries.begin());
      } catch (error) {
        if (committed) throw error;
        return (await trying()).anotherTry(error, tries);
      }
    }

    try {
      for (;;) {
        const step = await read();
        if (step.done) break;
        committed ||= step.value.some(isContent);
        if (step.value.every(isOpening)) held = [...held, ...step.value];
        else yield deliverable(step.value);
      }
      if (held.length > 0) yield deliverable([]);
    } catch (error) {
      if (committed) (await trying()).noteFailure(error, tries, 0);
      throw isInhouseError(error) ? withDetails(error, { attempts: tries.failures }) : error;
    } finally {
      await source?.return?.();
    }
  };
}

const isOpening = ({ type }: ModelEvent): boolean => type === "start" || type === "warning";
