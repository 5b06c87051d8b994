import type { AttemptFailure } from "./attempt.ts";
import type { EndSignal } from "./call-end.ts";
import { errorCodes, type ErrorCode } from "./error-codes.ts";
import type { Issue } from "./issue.ts";
import type { PartialReply } from "./result.ts";

/** Which time limit a `timeout` is about. */
export type TimeoutPhase = "connect" | "headers" | "first-token" | "idle" | "total" | "tool";

/** Everything about an error but its code and message. */
export interface ErrorDetails {
  /** What to do next, in the user's words. Default: the table's. */
  readonly hint?: string;
  /** The HTTP status, where there was one. */
  readonly status?: number;
  /** Default: the table's; where that says "until content", true. */
  readonly retryable?: boolean;
  /** How long the server asked to wait. */
  readonly retryAfterMs?: number;
  readonly phase?: TimeoutPhase;
  readonly provider?: string;
  readonly model?: string;
  readonly requestId?: string;
  /** Prompt tokens and the window they did not fit into (`context-length`). */
  readonly promptTokens?: number;
  readonly contextLength?: number;
  /** The tries that failed, the last one included; empty where nothing was tried, as with a wrong option. Default empty. */
  readonly attempts?: readonly AttemptFailure[];
  /** What was received before the error. */
  readonly partial?: PartialReply;
  /** The limit of the client whose queue was full (`overloaded`): nothing was sent, and the client does not try again. */
  readonly concurrency?: { readonly max: number; readonly maxQueued: number };
  /** How a value does not fit its schema (`tool`, `schema`). */
  readonly issues?: readonly Issue[];
  readonly cause?: unknown;
}

const marker: unique symbol = Symbol.for("inhouse.error") as never;

/**
 * The only error that inhouse throws. Switch on `code`; `hint` says what to do. It never holds a key, a prompt or a raw
 * body. Use `isInhouseError()` instead of `instanceof` where two copies of the package may meet.
 */
export class InhouseError extends Error {
  readonly [marker] = true;
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  declare readonly status?: number;
  declare readonly retryAfterMs?: number;
  declare readonly phase?: TimeoutPhase;
  declare readonly provider?: string;
  declare readonly model?: string;
  declare readonly requestId?: string;
  declare readonly promptTokens?: number;
  declare readonly contextLength?: number;
  readonly attempts: readonly AttemptFailure[];
  declare readonly partial?: PartialReply;
  declare readonly concurrency?: { readonly max: number; readonly maxQueued: number };
  declare readonly issues?: readonly Issue[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { cause, hint, retryable, attempts = [], ...rest } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.name = code === "abort" ? "AbortError" : "InhouseError";
    this.code = code;
    this.hint = hint ?? errorCodes[code].hint;
    this.retryable = retryable ?? errorCodes[code].retryable !== "no";
    this.attempts = attempts;
    Object.assign(this, rest);
  }

  /** The error as plain data, for logs. */
  toJSON(): Record<string, unknown> {
    const { name, message, ...fields } = this;
    return { name, message, ...fields };
  }
}

// The build for CommonJS shortens the names of classes, and this one is printed.
Object.defineProperty(InhouseError, "name", { value: "InhouseError" });

/** Whether a value is an `InhouseError`, of this or another copy or format of the package. */
export function isInhouseError(value: unknown): value is InhouseError {
  return typeof value === "object" && value !== null && marker in value;
}

/** The same error with more known about it: same code, message, cause and stack. */
export function withDetails(error: InhouseError, details: ErrorDetails): InhouseError {
  const { name: _name, code, message, ...known } = error;
  const extended = new InhouseError(code, message, { cause: error.cause, ...known, ...details });
  if (error.stack !== undefined) extended.stack = error.stack;
  return extended;
}

/** The error of a call that its signal ended: the limit's own error where a limit did it, else `abort`. */
export function abortError(signal: EndSignal): InhouseError {
  const reason: unknown = signal.reason;
  if (isInhouseError(reason)) return reason;
  return new InhouseError("abort", "The call was aborted.", { cause: reason });
}
