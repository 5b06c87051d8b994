import type { ServerResponse } from "node:http";
import type { ReadableStream } from "node:stream/web";

import { respond, type RespondOptions, type StartAnswer } from "./respond.ts";

/**
 * `respond()` for a response of `node:http`: Express, Fastify (`reply.hijack()`, then `reply.raw`), Koa, plain Node. A caller
 * who closes the connection ends the call, also before the first byte; a slow one slows the model's server down. Resolves
 * when the response has ended, whichever way; rejects where it had been begun already, and throws `invalid-request` for a wrong
 * option.
 */
export async function respondTo(
  response: ServerResponse,
  start: StartAnswer,
  options: Omit<RespondOptions, "signal"> = {},
): Promise<void> {
  const caller = new AbortController();
  const leave = (): void => caller.abort();
  response.once("close", leave);
  if (response.closed || response.destroyed) leave(); // while its body was being read
  const { status, headers, body } = await respond(start, { ...options, signal: caller.signal });
  try {
    if (!caller.signal.aborted) response.writeHead(status, Object.fromEntries(headers));
  } catch (error) {
    leave(); // it was begun already: the call must not go on for nobody
    throw error;
  }
  const [{ Readable }, { pipeline }] = await Promise.all([import("node:stream"), import("node:stream/promises")]);
  // What the call ended with has been told, and a caller who has left hears nothing.
  await pipeline(Readable.fromWeb(body as ReadableStream), response).catch(() => undefined);
}
