import { setTimeout as delay } from "node:timers/promises";

import { isInhouseError } from "../../core/error.ts";
import type { Transport } from "../../core/transport.ts";

const pauseMs = 50;
const timeouts = { connectMs: 2_000, headersMs: 5_000, idleMs: 5_000 };
/** What a server that is still starting does to a request. */
const passing = new Set(["connect", "reset", "timeout", "protocol", "truncated"]);

/** Asks until the path answers with 200. Rejects where the transport may not ask, and when aborted. */
export async function untilReady(
  transport: Transport,
  origin: string,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  while (!(await isReady(transport, origin, path, signal))) await delay(pauseMs, undefined, { signal });
}

async function isReady(transport: Transport, origin: string, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await transport.send({ method: "GET", origin, path, headers: {}, signal, timeouts });
    response.destroy();
    return response.status === 200;
  } catch (error) {
    if (!signal.aborted && isInhouseError(error) && passing.has(error.code)) return false;
    throw error;
  }
}
