import { checkOptions } from "../core/check-options.ts";
import type { TransportTimeouts } from "../core/transport.ts";
import { checkNumber } from "./check.ts";
import type { TimeoutOptions } from "./inputs.ts";

/** The limits that hold unless the caller says otherwise: a server that loads, queues or reads is silent and healthy. */
export const defaultTimeouts: TimeoutOptions = { connectMs: 5_000, idleMs: 300_000, readyMs: 300_000 };

const names: Record<keyof TimeoutOptions, true> = {
  connectMs: true,
  headersMs: true,
  firstTokenMs: true,
  idleMs: true,
  readyMs: true,
  totalMs: true,
};

/** Limits by who keeps them. */
export interface CallLimits {
  readonly firstTokenMs: number | undefined;
  readonly totalMs: number | undefined;
  readonly readyMs: number | undefined;
  readonly transport: TransportTimeouts;
}

/** Parts the limits of a call from those of its transport. */
export function limitsOf({ firstTokenMs, totalMs, readyMs, ...transport }: TimeoutOptions): CallLimits {
  return { firstTokenMs, totalMs, readyMs, transport };
}

/** The longest time that a timer of Node can run; what is longer, `Infinity` too, is no limit. */
const longestTimer = 2_147_483_647;

/** Limits over the defaults beneath them; throws `invalid-request`. */
export function mergeTimeouts(defaults: TimeoutOptions, given: TimeoutOptions | undefined): TimeoutOptions {
  if (given === undefined) return defaults;
  checkOptions("timeout", given, names);
  const merged: Record<string, number> = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (value !== Number.POSITIVE_INFINITY) checkNumber(`timeout.${name}`, value, { min: name === "readyMs" ? 0 : 1 });
    if (value <= longestTimer) merged[name] = value;
    else delete merged[name];
  }
  return merged;
}
