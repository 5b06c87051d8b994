import { checkOptions } from "../../core/check-options.ts";
import { checkNumber } from "../check.ts";

/** What a client may spend on retries. */
export interface RetryBudgetOptions {
  /** Retries there are at the beginning, and at the most. Default 10. */
  readonly tokens?: number;
  /** How much of a retry each call that is answered gives back, up to 1. Default 0.1: in the long run, one for ten calls. */
  readonly refill?: number;
}

/** The retries that all calls of a client have together: without a bound, calls to a dead server would be three times as many. */
export interface RetryBudget {
  /** Takes one; false where none is left. */
  take(): boolean;
  /** A call was answered. */
  giveBack(): void;
}

/** Counted in thousandths: a tenth is no exact number. */
const unit = 1_000;

/** A budget that is full; `false` is one without a bound. Throws `invalid-request`. */
export function retryBudget(options: RetryBudgetOptions | false = {}): RetryBudget {
  if (options === false) return { take: () => true, giveBack: () => undefined };
  checkOptions("retryBudget", options, { tokens: 1, refill: 1 });
  const most = Math.round(checkNumber("retryBudget.tokens", options.tokens ?? 10, { min: 0 }) * unit);
  const refill = Math.round(checkNumber("retryBudget.refill", options.refill ?? 0.1, { min: 0, max: 1 }) * unit);
  let left = most;
  return {
    take() {
      if (left < unit) return false;
      left -= unit;
      return true;
    },
    giveBack() {
      left = Math.min(most, left + refill);
    },
  };
}
