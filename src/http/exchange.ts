import type { Dispatcher } from "undici";

import type { EndSignal } from "../core/call-end.ts";
import { abortError, InhouseError, type TimeoutPhase } from "../core/error.ts";
import type { HttpRequest, HttpResponse, TransportTimeouts } from "../core/transport.ts";
import type { Connection, ConnectionPool } from "./connection-pool.ts";
import { connectionFailure, type RequestPlace } from "./failure.ts";
import { responseBody, type ResponseBody } from "./response-body.ts";

/** How long a body that is of no more interest may take to end before its connection is closed. */
const releaseMs = 100;

/**
 * Sends one request and answers when the headers are there. A kept connection that turns out to be closed is replaced
 * once, at once: the server never saw the request.
 */
export function exchange(pool: ConnectionPool, request: HttpRequest): Promise<HttpResponse> {
  const connection = pool.take(request.origin);
  const reply = attempt(connection, request);
  if (!connection.reused) return reply;
  return reply.catch((error: unknown) => {
    if (error instanceof InhouseError && error.code === "reset")
      return attempt(pool.take(request.origin, true), request);
    throw error;
  });
}

/** One request over one connection. */
function attempt(connection: Connection, request: HttpRequest): Promise<HttpResponse> {
  const { origin, path, method, headers, body = null, signal, timeouts = {} } = request;
  if (signal?.aborted) {
    connection.giveBack();
    return Promise.reject(abortError(signal));
  }
  return new Promise((resolve, reject) => {
    const reply = replyHandler(connection, { origin, path }, signal, timeouts, { resolve, reject });
    connection.dispatcher.dispatch({ origin, path, method, headers: headers as Record<string, string>, body }, reply);
  });
}

/**
 * Receives one reply, with its three time limits, in one timer. It is a function of its own so that nothing keeps the request,
 * prompt and all, while the reply comes.
 */
function replyHandler(
  connection: Connection,
  place: RequestPlace,
  signal: EndSignal | undefined,
  timeouts: TransportTimeouts,
  outcome: { resolve(response: HttpResponse): void; reject(error: InhouseError): void },
): Dispatcher.DispatchHandler {
  let controller: Dispatcher.DispatchController | undefined;
  let body: ResponseBody | undefined;
  let over = false;
  let released = false;
  let paused = false;
  let timer: NodeJS.Timeout | undefined;

  function limit(phase: TimeoutPhase, ms: number | undefined): void {
    clearTimeout(timer);
    timer = ms === undefined ? undefined : setTimeout(expire, ms, phase, ms);
  }

  function expire(phase: TimeoutPhase, ms: number): void {
    if (phase === "idle" && (paused || body?.waiting())) timer?.refresh();
    else if (phase === "connect" && connection.resolving) fail(unresolved(ms, place));
    else fail(timeoutError(phase, ms, place));
  }

  function finish(): void {
    over = true;
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }

  function fail(error: InhouseError): void {
    if (over) return;
    finish();
    if (body) body.fail(error);
    else outcome.reject(error);
    if (controller) controller.abort(error);
    else connection.abandon(error);
    connection.discard();
  }

  function onAbort(): void {
    if (signal) fail(abortError(signal));
  }

  function leave(): void {
    if (!over) fail(new InhouseError("abort", "The reader left before the end of the reply."));
  }

  function release(): void {
    if (over) return;
    released = true;
    signal?.removeEventListener("abort", onAbort);
    controller?.resume();
    clearTimeout(timer);
    timer = setTimeout(leave, releaseMs).unref();
  }

  signal?.addEventListener("abort", onAbort, { once: true });
  connection.whenConnecting(() => limit("connect", timeouts.connectMs));

  return {
    onRequestStart(started) {
      controller = started;
      if (over) started.abort(new InhouseError("abort", "The call ended before its connection stood."));
      else limit("headers", timeouts.headersMs);
    },
    onResponseStart(started, status, headers) {
      if (over || status < 200) return;
      Object.assign(started, { rawHeaders: null }); // undici 7.30 would keep them, and with them all of the first read
      clearTimeout(timer);
      timer = undefined;
      body = responseBody({
        onDrained() {
          if (!paused) return;
          paused = false;
          timer?.refresh();
          started.resume();
        },
        // A reply that has come whole by the first read needs no limit.
        onWaiting() {
          if (!timer) limit("idle", timeouts.idleMs);
        },
        onLeft() {
          if (!released) leave();
        },
      });
      outcome.resolve({ status, headers, body, destroy: leave, release });
    },
    onResponseData(started, chunk) {
      if (over || released || !body) return;
      timer?.refresh();
      if (body.push(chunk)) return;
      paused = true;
      started.pause();
    },
    onResponseEnd() {
      if (over) return;
      finish();
      body?.end();
      connection.giveBack();
    },
    onResponseError(_, error) {
      fail(connectionFailure(error, place, controller ? (body ? "body" : "headers") : "connect"));
    },
  };
}

function unresolved(ms: number, { origin }: RequestPlace): InhouseError {
  return new InhouseError("dns", `No connection to ${origin}: its name did not resolve within ${ms} ms.`, {
    phase: "connect",
    hint: "Does the name server answer? Use the host's address in baseURL to do without.",
  });
}

function timeoutError(phase: TimeoutPhase, ms: number, { origin, path }: RequestPlace): InhouseError {
  const what = {
    connect: `No connection to ${origin} within ${ms} ms.`,
    headers: `${origin}${path} sent no headers within ${ms} ms.`,
    idle: `${origin}${path} fell silent for ${ms} ms in mid-reply.`,
  } as Readonly<Record<string, string>>;
  return new InhouseError("timeout", what[phase] ?? `The ${phase} limit of ${ms} ms passed.`, {
    phase,
    retryable: phase === "connect",
    // A plain HTTP server may wait for the rest of what it takes for a request, and answer nothing.
    ...(phase === "connect" && origin.startsWith("https:")
      ? { hint: "Does the server speak TLS? If not, use http:// in baseURL." }
      : {}),
  });
}
