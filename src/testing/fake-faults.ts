import { checkOptions } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";

/** What a fake server can do wrong, by name. */
export const fakeFaultNames = {
  /** Takes the connection and closes it without a word. */
  refuse: "before",
  /** Sends its headers after `delayMs`, then answers well. */
  "slow-headers": "before",
  /** Answers 500. */
  "status-500": "before",
  /** Answers 503, as this server does when it has no room; with `retryAfterSeconds`, says when to come again. */
  "status-503": "before",
  /** Answers 429; with `retryAfterSeconds`, says when to come again. */
  "status-429": "before",
  /** The connection is reset. */
  reset: "within",
  /** The connection is closed in the middle of the body, as by a crash. */
  cut: "within",
  /** The body ends well, and the answer without its end. */
  end: "within",
  /** Nothing more comes, and the connection stays. */
  stall: "within",
  /** A line that is no JSON, then the answer goes on. */
  "garbage-line": "within",
  /** A line of 9 MiB. */
  "oversized-line": "within",
  /** The server reports an error inside the reply, in its own form. */
  "error-event": "within",
  /** The server is stopped: vLLM ends the answer with `finish_reason: "abort"`, the others cut the body. */
  "abort-finish": "within",
} as const satisfies Record<string, "before" | "within">;

/** The name of a fault of a fake server. */
export type FakeFaultName = keyof typeof fakeFaultNames;

/** A fault, and which requests it befalls. After that the server is healthy. */
export interface FakeFault {
  readonly name: FakeFaultName;
  /** After how many tokens of a stream it strikes. Default 0: the headers are there, and no token. An answer that is shorter breaks at its end. */
  readonly atToken?: number;
  /** After how many bytes of the body it strikes, in place of `atToken`. */
  readonly atByte?: number;
  /** How many requests it befalls. Default 1. */
  readonly times?: number;
  /** How many requests are served well before. Default 0. */
  readonly after?: number;
  /** Only requests to this path. Default: whatever has a model work, a count of tokens apart. */
  readonly path?: string;
  /** For `slow-headers`, in milliseconds. Default 1,000. */
  readonly delayMs?: number;
  /** The `Retry-After` of `status-503` and `status-429`. Default: none. */
  readonly retryAfterSeconds?: number;
}

/** The faults that are still to come. */
export interface FaultScript {
  /** Adds faults; throws `invalid-request` for one that there is not. */
  add(faults: readonly FakeFault[]): void;
  /** The fault that befalls a request, if one does. */
  next(path: string): FakeFault | undefined;
  /** A fault befell nobody and is still to come. */
  putBack(fault: FakeFault): void;
}

const keys: Record<keyof FakeFault, true> = {
  name: true,
  atToken: true,
  atByte: true,
  times: true,
  after: true,
  path: true,
  delayMs: true,
  retryAfterSeconds: true,
};

/** A script without faults. Of several that match a request, it is the first; each counts the requests that come to it. */
export function faultScript(): FaultScript {
  const script: { readonly fault: FakeFault; wait: number; left: number }[] = [];
  return {
    add(faults) {
      for (const [index, fault] of faults.entries()) {
        checkOptions(`faults[${index}]`, fault, keys);
        if (!Object.hasOwn(fakeFaultNames, fault.name)) {
          throw new InhouseError("invalid-request", `faults[${index}].name: there is no fault "${fault.name}".`, {
            hint: `Faults: ${Object.keys(fakeFaultNames).join(", ")}.`,
          });
        }
        script.push({ fault, wait: fault.after ?? 0, left: fault.times ?? 1 });
      }
    },
    next(path) {
      for (const entry of script) {
        if (entry.left === 0 || (entry.fault.path ?? path) !== path) continue;
        if (entry.wait === 0) {
          entry.left -= 1;
          return entry.fault;
        }
        entry.wait -= 1;
      }
      return undefined;
    },
    putBack(fault) {
      const entry = script.find((candidate) => candidate.fault === fault);
      if (entry) entry.left += 1;
    },
  };
}
