import { checkOptions } from "../core/check-options.ts";
import { abortError, InhouseError } from "../core/error.ts";
import type { Health, Provider } from "../core/provider.ts";
import { checkNumber } from "./check.ts";
import { pause } from "./pause.ts";

/** Options of `waitUntilReady`. */
export interface ReadinessOptions {
  /** How long to wait at the most, in milliseconds. Default 300,000: a large model takes minutes to load. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with every answer, so that a program can say what it waits for. */
  readonly onHealth?: (health: Health) => void;
}

/** Pauses between two questions, in milliseconds: they grow from the first to the second. */
const shortestPauseMs = 50;
const longestPauseMs = 2_000;

/** Asks a server how it is until it is ready; rejects with `not-ready` after the time limit. */
export async function waitUntilReady(provider: Provider, options: ReadinessOptions = {}): Promise<void> {
  checkOptions("waitUntilReady", options, { timeoutMs: 1, signal: 1, onHealth: 1 });
  const timeoutMs = checkNumber("timeoutMs", options.timeoutMs ?? 300_000, { min: 1 });
  const limit = AbortSignal.timeout(Math.min(timeoutMs, 2_147_483_647));
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  let last: Health = { status: "down" };
  try {
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      last = await provider.health(signal);
      options.onHealth?.(last);
      if (last.status === "ready") return;
      await pause(pauseMs, signal);
    }
  } catch (error) {
    if (options.signal?.aborted) throw abortError(options.signal);
    if (!limit.aborted) throw error;
    const detail = last.detail === undefined ? "" : ` ${last.detail}`;
    throw new InhouseError("not-ready", `The server was not ready within ${timeoutMs} ms: ${last.status}.${detail}`, {
      provider: provider.name,
    });
  }
}
