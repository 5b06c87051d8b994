import { abortError, InhouseError, isInhouseError } from "../core/error.ts";
import type { HttpRequest, HttpResponse, Transport } from "../core/transport.ts";
import { connectionFailure } from "./failure.ts";

/** The part of `fetch` that is needed here. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>;

/**
 * A transport over a function shaped like `fetch`: for tests (msw) and for frameworks that bring their own. It costs
 * several times what `createTransport()` does, and `connectMs` is not kept: `fetch` does not tell when a connection
 * stands, so `headersMs` counts from the call. Nor does it tell where it connects to: such a transport cannot keep an egress
 * policy, and a provider refuses the two together.
 */
export function fetchTransport(fetch: FetchFunction, ...further: readonly never[]): Transport {
  if (further.length > 0) {
    throw new InhouseError("invalid-request", "fetchTransport: it takes no options, and can keep no policy.", {
      hint: "Use createTransport({ policy }), which sees where each connection goes.",
    });
  }
  if (typeof fetch !== "function") {
    throw new InhouseError("invalid-request", "fetchTransport: expected a function shaped like fetch.");
  }
  const running = new Set<AbortController>();
  let closed = false;

  return {
    async send(request) {
      if (closed) throw closedError();
      if (request.signal?.aborted) throw abortError(request.signal);
      const { headersMs, idleMs } = request.timeouts ?? {};
      const controller = new AbortController();
      running.add(controller);
      let timer: NodeJS.Timeout | undefined;
      const onAbort = (): void => controller.abort(request.signal?.reason);
      request.signal?.addEventListener("abort", onAbort, { once: true });
      function limit(phase: "headers" | "idle", ms: number | undefined): void {
        clearTimeout(timer);
        if (ms === undefined) return;
        const words = `${request.origin}${request.path} was silent for ${ms} ms (${phase}).`;
        const error = new InhouseError("timeout", words, { phase, retryable: false });
        timer = setTimeout(() => controller.abort(error), ms);
      }
      function finish(): void {
        clearTimeout(timer);
        request.signal?.removeEventListener("abort", onAbort);
        running.delete(controller);
      }
      function leave(): void {
        finish();
        controller.abort(); // closes the connection; after the end of the body it does nothing
      }
      function failure(error: unknown, phase: "headers" | "body"): InhouseError {
        if (controller.signal.aborted) return abortError(controller.signal);
        if (isInhouseError(error)) return error;
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        return connectionFailure(cause instanceof Error ? cause : new Error(String(cause)), request, phase);
      }

      limit("headers", headersMs);
      try {
        const response = await fetch(`${request.origin}${request.path}`, {
          method: request.method,
          headers: request.headers,
          body: bodyOf(request) as RequestInit["body"] & {},
          ...(typeof request.body === "object" && Symbol.asyncIterator in request.body ? { duplex: "half" } : {}),
          redirect: "manual",
          signal: controller.signal,
        });
        limit("idle", idleMs);
        return {
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: read(response, () => timer?.refresh(), leave, failure),
          release: leave,
          destroy: leave,
        } satisfies HttpResponse;
      } catch (error) {
        finish();
        throw failure(error, "headers");
      }
    },
    close() {
      closed = true;
      for (const controller of running) controller.abort(closedError());
      return Promise.resolve();
    },
  };
}

/** Streams of the web read ahead, so that they are given copies of what is good for a moment only. */
function bodyOf({ body }: HttpRequest): HttpRequest["body"] | null {
  if (typeof body !== "object" || !(Symbol.asyncIterator in body)) return body ?? null;
  return (async function* copies() {
    for await (const piece of body) yield Uint8Array.from(piece);
  })();
}

const closedError = (): InhouseError => new InhouseError("closed", "The transport was closed.");

async function* read(
  response: Response,
  onRead: () => void,
  onEnd: () => void,
  failure: (error: unknown, phase: "body") => InhouseError,
): AsyncGenerator<Uint8Array> {
  // Not `for await`: leaving it waits for the stream's cancel(), which never ends where fetch is wrapped with a clone (msw).
  const reader = response.body?.getReader();
  try {
    for (;;) {
      const step = await reader?.read();
      if (!step || step.done) return;
      onRead();
      yield step.value;
    }
  } catch (error) {
    throw failure(error, "body");
  } finally {
    onEnd();
  }
}
