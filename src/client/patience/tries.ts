import { attemptFailure, type AttemptFailure } from "../../core/attempt.ts";
import { isInhouseError, withDetails, type InhouseError } from "../../core/error.ts";
import type { Batch } from "../../core/event.ts";
import type { CallContext } from "../../core/handler.ts";
import type { Readiness, HealthAnswers } from "./readiness.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** What the tries of all calls of a client have in common. */
export interface RetrySettings {
  /** Tries after the first. */
  readonly maxRetries: number;
  readonly budget: RetryBudget;
  /** Loaded when a call first waits for a server that loads. */
  readonly readiness: () => Promise<Readiness>;
}

/** The tries of one call. */
export interface Tries extends RetrySettings {
  readonly context: CallContext;
  /** Those that failed. */
  readonly failures: AttemptFailure[];
  /** When the running one began. */
  startedAt: number;
  /** How many retries were spent; a try after the server had loaded is none. */
  retries: number;
  /** Begins a new one and reads its first batch. */
  begin(): Promise<IteratorResult<Batch>>;
  /** The server loads, and the call waits for it. */
  waiting?: LoadingWait | undefined;
  /** How often it has. */
  waits: number;
  /** When the last of these waits must be over. */
  readyBy?: number;
}

/** A call that waits for a server that loads. */
export interface LoadingWait {
  /** The answer that said so. */
  readonly error: InhouseError;
  readonly since: number;
  readonly answers: HealthAnswers;
}

/** Adds the running try to those that failed; `delayMs` is what passed, or is to pass, before the next. */
export function noteFailure(error: unknown, { failures, startedAt }: Tries, failedAt: number, delayMs = 0): void {
  if (!isInhouseError(error)) return;
  failures.push(attemptFailure(error, failedAt - startedAt, failures.length + 1, delayMs));
}

/** Throws an error with the tries that failed. */
export function failWithAttempts(error: unknown, { failures }: Tries): never {
  throw isInhouseError(error) ? withDetails(error, { attempts: failures }) : error;
}
