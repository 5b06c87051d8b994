import { readFileSync } from "node:fs";

import type { FetchFunction } from "../../src/http/fetch-transport.ts";
import { digestOf, recordedBody, type Exchange, type Recording } from "./exchanges.ts";

/** A recording of `test/fixtures`. */
export function readRecording(name: string): Recording {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8")) as Recording;
}

/**
 * A function shaped like `fetch` that answers with what was recorded. The same request asked again gets the next of its
 * replies, the last one over and over; one that was never recorded is refused loudly.
 */
export function replay({ exchanges }: Recording): FetchFunction {
  const queues = new Map<string, Exchange[]>();
  for (const exchange of exchanges) {
    const key = `${exchange.method} ${exchange.path} ${exchange.digest}`;
    queues.set(key, [...(queues.get(key) ?? []), exchange]);
  }
  return async (url, init) => {
    const { pathname, search } = new URL(url);
    const body = await recordedBody(init.body, new Headers(init.headers).get("content-type") ?? undefined);
    const queue = queues.get(`${init.method ?? "GET"} ${pathname}${search} ${digestOf(body)}`);
    const exchange = queue && queue.length > 1 ? queue.shift() : queue?.[0];
    if (!exchange)
      throw new Error(
        `Not recorded: ${init.method ?? "GET"} ${pathname}${search} ${body.slice(0, 200)}; run npm run record`,
      );
    return new Response(stream(exchange, init.signal ?? undefined), {
      status: exchange.status,
      headers: { "content-type": exchange.headers["content-type"] ?? "" },
    });
  };
}

/** The body as it came; one that was left in the middle stays open until the signal ends it. */
function stream({ chunks, ended }: Exchange, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const rest = [...chunks];
  const encoder = new TextEncoder();
  return new ReadableStream({
    start: (controller) => signal?.addEventListener("abort", () => controller.error(signal.reason), { once: true }),
    pull(controller): Promise<void> | void {
      const chunk = rest.shift();
      if (chunk !== undefined) controller.enqueue(encoder.encode(chunk));
      else if (ended) controller.close();
      else return new Promise(() => undefined);
    },
  });
}
