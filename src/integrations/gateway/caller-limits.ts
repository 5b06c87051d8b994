import { checkNumber } from "../../client/check.ts";
import { checkOptions } from "../../core/check-options.ts";
import type { InhouseError } from "../../core/error.ts";
import { refusal } from "./gateway-error.ts";
import type { Caller, CallerLimits } from "./gateway-options.ts";
import { minuteWindow, type MinuteWindow } from "./minute-window.ts";

/** A request that was let in. */
export interface Admission {
  /** It is over, and took so many tokens. */
  end(tokens: number): void;
}

/** Keeps callers to their limits. */
export interface CallerGate {
  /** Lets a request in, or throws 429 with the time to wait. */
  admit(caller: Caller | undefined): Admission;
}

interface Account {
  running: number;
  readonly requests: MinuteWindow;
  readonly tokens: MinuteWindow;
}

/** From how many callers on those that have used nothing for a minute are forgotten. */
const manyAccounts = 1_000;

/** Limits for all callers, each counted by itself; those without a name share one count. */
export function callerGate(usual: CallerLimits = {}, now: () => number = () => performance.now()): CallerGate {
  checkLimits("limits", usual);
  const accounts = new Map<string, Account>();

  function accountOf(name: string): Account {
    const known = accounts.get(name);
    if (known) return known;
    if (accounts.size >= manyAccounts) {
      for (const [other, { running, requests, tokens }] of accounts) {
        if (running === 0 && requests.used() === 0 && tokens.used() === 0) accounts.delete(other);
      }
    }
    const account = { running: 0, requests: minuteWindow(now), tokens: minuteWindow(now) };
    accounts.set(name, account);
    return account;
  }

  return {
    admit(caller) {
      const limits = caller?.limits ?? usual;
      const { concurrentRequests = Infinity, requestsPerMinute = Infinity, tokensPerMinute = Infinity } = limits;
      const account = accountOf(caller?.name ?? "");
      if (account.running >= concurrentRequests) {
        throw tooMany(`${concurrentRequests} requests at a time are the limit of this key`);
      }
      const forRequest = account.requests.msUntilBelow(requestsPerMinute);
      if (forRequest > 0) throw tooMany(`${requestsPerMinute} requests a minute are the limit of this key`, forRequest);
      const forTokens = account.tokens.msUntilBelow(tokensPerMinute);
      if (forTokens > 0) throw tooMany(`${tokensPerMinute} tokens a minute are the limit of this key`, forTokens);
      account.running += 1;
      account.requests.add(1);
      let over = false;
      return {
        end(tokens) {
          if (over) return;
          over = true;
          account.running -= 1;
          if (tokens > 0) account.tokens.add(tokens);
        },
      };
    },
  };
}

/** Throws `invalid-request` for limits that are none. */
export function checkLimits(place: string, limits: CallerLimits): void {
  checkOptions(place, limits, { concurrentRequests: 1, requestsPerMinute: 1, tokensPerMinute: 1 });
  for (const [name, value] of Object.entries(limits)) checkNumber(`${place}.${name}`, value, { min: 1, integer: true });
}

/** Where nobody knows how long it will be, the usual pause is told. */
function tooMany(what: string, waitMs?: number): InhouseError {
  return refusal("rate-limit", `${what}.`, {
    status: 429,
    code: "rate_limit_exceeded",
    ...(waitMs === undefined ? {} : { headers: { "retry-after": String(Math.ceil(waitMs / 1_000)) } }),
    hint: "Wait as long as Retry-After says.",
  });
}
