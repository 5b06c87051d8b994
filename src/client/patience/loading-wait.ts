import { isInhouseError, withDetails, type InhouseError } from "../../core/error.ts";
import type { Batch, ProgressEvent } from "../../core/event.ts";
import type { Health } from "../../core/health.ts";
import { jitter, leastMs, pause } from "../../core/pause.ts";
import { serves } from "./readiness.ts";
import { failWithAttempts, noteFailure, type Tries } from "./tries.ts";

/** Of a server that says it is ready and then refuses as loading: the bound of the pause before it is asked again. */
const mostFlappingMs = 2_000;
/** Within which time those that waited for the same server send their calls. */
const spreadMs = 100;

/** Begins to wait for a server that loads, and gives the progress event that says so. */
export async function waitForLoading(error: InhouseError, tries: Tries): Promise<IteratorResult<Batch>> {
  const { context, waits } = tries;
  const since = performance.now();
  tries.readyBy ??= since + (context.readyMs ?? Number.POSITIVE_INFINITY);
  // The health check said ready before this refusal: asking it at once would go round and round.
  const pauseMs = waits === 0 ? 0 : leastMs + jitter(leastMs * 2 ** waits, mostFlappingMs);
  try {
    if (since + pauseMs >= tries.readyBy) throw inVain(error, context.readyMs);
    if (pauseMs > 0) await pause(pauseMs, context.signal);
    const readiness = await tries.readiness();
    const limitMs = Math.max(1, Math.round(tries.readyBy - performance.now()));
    tries.waits += 1;
    tries.waiting = { error, since, answers: readiness.wait({ signal: context.signal, limitMs }) };
  } catch (failure) {
    noteFailure(error, tries, since, performance.now() - since);
    return failWithAttempts(failure, tries);
  }
  return { done: false, value: [progress({ status: "loading" }, since)] };
}

/**
 * Waits for the server's next answer: progress, or undefined when the call is to be sent again. A server that is gone is
 * not waited for: the next try finds that out, and counts.
 */
export async function waitOn(tries: Tries): Promise<ProgressEvent | undefined> {
  const { waiting, context } = tries;
  if (!waiting) return undefined;
  const { error, since, answers } = waiting;

  function end(): void {
    answers.leave();
    tries.waiting = undefined;
    noteFailure(error, tries, since, performance.now() - since);
  }

  try {
    const health = await answers.next();
    if (health && !serves(health) && health.status !== "down") return progress(health, since);
    if (health) await pause(jitter(spreadMs, spreadMs), context.signal);
  } catch (failure) {
    end();
    const limit = isInhouseError(failure) && failure.code === "not-ready" ? failure : undefined;
    return failWithAttempts(limit ? inVain(error, context.readyMs, limit) : failure, tries);
  }
  end();
  return undefined;
}

function progress({ status, progress: loaded }: Health, since: number): ProgressEvent {
  return {
    type: "progress",
    phase: "loading",
    silentMs: Math.round(performance.now() - since),
    health: status,
    ...(loaded === undefined ? {} : { progress: loaded }),
  };
}

/** The server's refusal, with what the waiting came to. */
function inVain(error: InhouseError, readyMs = Number.POSITIVE_INFINITY, limit?: InhouseError): InhouseError {
  const waited = `It was waited for as long as timeout.readyMs allows (${readyMs} ms).`;
  return withDetails(error, { hint: limit ? `${waited} ${limit.hint}` : `${waited} ${error.hint}` });
}
