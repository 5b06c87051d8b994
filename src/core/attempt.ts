import type { ErrorCode } from "./error-codes.ts";

/** A try that failed and was followed by another, or by the error that carries it. */
export interface AttemptFailure {
  /** 1 for the first try. */
  readonly attempt: number;
  readonly code: ErrorCode;
  readonly message: string;
  /** From the beginning of the try to its failure, in milliseconds. */
  readonly durationMs: number;
  /** The pause that followed, or the wait for a server that loads, in milliseconds; 0 where nothing followed. */
  readonly delayMs: number;
}

/** The record of a try that failed with an error. */
export function attemptFailure(
  { code, message }: { readonly code: ErrorCode; readonly message: string },
  durationMs: number,
  attempt = 1,
  delayMs = 0,
): AttemptFailure {
  return { attempt, code, message, durationMs, delayMs };
}
