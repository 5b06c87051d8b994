import { deferred } from "../core/deferred.ts";
import { compose, type Middleware } from "../core/handler.ts";
import type { ModelRequest } from "../core/request.ts";
import { checkCallOptions } from "./call-options.ts";
import { startCall, type Call, type StartCall } from "./call.ts";
import { checkNumber } from "./check.ts";
import type { ClientOptions } from "./client-interface.ts";
import { refuseEmpty } from "./empty-reply.ts";
import { filesFirst, hasParts } from "./files/files-first.ts";
import type { CallOptions, TimeoutOptions } from "./inputs.ts";
import { concurrencyPolicy } from "./patience/concurrency-policy.ts";
import type { Readiness } from "./patience/readiness.ts";
import { retryBudget } from "./patience/retry-budget.ts";
import { retry } from "./patience/retry.ts";
import { watchSilence } from "./patience/silence.ts";
import { prepare } from "./prepare.ts";
import type { RunningCalls } from "./running-calls.ts";
import type { SignalListeners } from "./signal-listeners.ts";
import type { Target } from "./target.ts";
import { limitsOf, mergeTimeouts } from "./timeouts.ts";

/** What a client's calls share. */
interface CallStarterSettings {
  /** What its calls are fitted to. */
  readonly target: Target;
  /** The client's limits. */
  readonly timeouts: TimeoutOptions;
  readonly running: RunningCalls;
  readonly signals: SignalListeners;
  readonly readiness: () => Promise<Readiness>;
}

/** Starts the calls of a client. */
export interface CallStarter {
  /** Starts a call of its own. */
  readonly start: StartCall;
  /** Starts a call of an operation that runs: when the client is closed, it has the grace of the operation. */
  readonly startWithin: StartCall;
}

/** What every call of a client passes through, and how it begins. Throws `invalid-request` for a wrong option. */
export function callStarter(options: ClientOptions, settings: CallStarterSettings): CallStarter {
  const { model: defaultModel, middleware = [], concurrency } = options;
  const { target, timeouts, running, signals, readiness } = settings;
  const { provider } = target;
  const limits = limitsOf(timeouts);
  const budget = retryBudget(options.retryBudget);
  // An import would take a third of the time that importing the whole package takes.
  const { randomUUID } = process.getBuiltinModule("node:crypto");
  const places = concurrency === undefined ? [] : [concurrencyPolicy(concurrency)];
  const policies = [prepare(target), refuseEmpty(provider), ...places, watchSilence(provider)];

  /** The way of a call, from the outside in: this list is what stands between the caller and the server. */
  function handlerFor(maxRetries: number) {
    const tries = retry({ maxRetries: checkRetries(maxRetries), budget, readiness });
    return compose([...middleware, tries, ...policies], provider.send);
  }
  const defaultHandler = handlerFor(options.maxRetries ?? 2);

  function begin(
    request: ModelRequest,
    input: CallOptions,
    outermost: Middleware | undefined,
    checkOpen: () => void,
    onQueue?: RunningCalls["queued"],
  ): Call {
    checkOpen();
    checkCallOptions(input);
    const handler = input.maxRetries === undefined ? defaultHandler : handlerFor(input.maxRetries);
    const { headers } = input;
    const sent = headers === undefined ? handler : compose([lateHeaders(headers)], handler);
    const within = outermost ? compose([outermost], sent) : sent;
    return startCall(
      defaultModel !== undefined && request.model === undefined ? { ...request, model: defaultModel } : request,
      {
        newId: randomUUID,
        handler: hasParts(request) ? compose([filesFirst], within) : within,
        limits: input.timeout === undefined ? limits : limitsOf(mergeTimeouts(timeouts, input.timeout)),
        signal: input.signal,
        signals,
        tags: input.tags,
        priority: input.priority,
        running,
        onQueue,
        checkOpen,
      },
    );
  }

  return {
    start: (request, input, outermost) => begin(request, input, outermost, running.checkOpen, running.queued),
    startWithin: (request, input, outermost) => begin(request, input, outermost, running.checkRunning),
  };
}

/** Few calls have headers of their own. */
const lateHeaders =
  (headers: CallOptions["headers"]): Middleware =>
  (request, context, next) =>
    deferred(async () => (await import("./call-headers.ts")).withHeaders(headers)(request, context, next));

function checkRetries(value: number): number {
  return checkNumber("maxRetries", value, { min: 0, max: 100, integer: true });
}
