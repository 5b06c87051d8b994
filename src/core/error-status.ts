import type { ErrorCode } from "./error-codes.ts";
import { isInhouseError } from "./error.ts";

/**
 * The status that a service answers with, for each code. What the model server did wrong is no mistake of the service's
 * caller (502, and 504 for time); the service's own key is none either, and 401 would have the caller look for another.
 */
const statuses: Readonly<Record<ErrorCode, number>> = {
  "invalid-request": 400,
  unsupported: 400,
  "context-length": 400,
  policy: 403,
  "not-found": 404,
  "too-large": 413,
  limit: 413,
  "rate-limit": 429,
  overloaded: 429,
  abort: 499, // nginx's word for a caller who has left; nobody reads it but the log
  mismatch: 500,
  connect: 502,
  dns: 502,
  reset: 502,
  tls: 502,
  redirect: 502,
  protocol: 502,
  truncated: 502,
  "stream-error": 502,
  auth: 502,
  forbidden: 502,
  server: 502,
  schema: 502,
  "output-limit": 502,
  "empty-reply": 502,
  tool: 502,
  "not-ready": 503,
  unavailable: 503,
  closed: 503,
  timeout: 504,
};

/** What a caller is asked to wait where no server said how long. */
const usualPauseMs = 5_000;

/** The HTTP status for an error, in the answer of a service; 500 for what is no `InhouseError`. */
export const errorStatus = (error: unknown): number => (isInhouseError(error) ? statuses[error.code] : 500);

/** The seconds of a `Retry-After` header, where coming again helps (429 and 503): the server's own, else 5. */
export function retryAfterSeconds(error: unknown): number | undefined {
  if (!isInhouseError(error) || ![429, 503].includes(errorStatus(error))) return undefined;
  return Math.ceil((error.retryAfterMs ?? usualPauseMs) / 1_000);
}
