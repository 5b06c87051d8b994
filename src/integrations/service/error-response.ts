import { errorStatus, retryAfterSeconds } from "../../core/error-status.ts";
import { publicError } from "../../core/public-error.ts";

/**
 * An error as the answer of a service: its status by `errorStatus()`, `{ error: { code, message, hint } }` as the body, and
 * `Retry-After` with 429 and 503. Of an error that is no `InhouseError` the caller learns nothing but 500. Message and hint
 * may name the address of the model server: a service for strangers sends the code alone.
 */
export function errorResponse(error: unknown): Response {
  const seconds = retryAfterSeconds(error);
  return new Response(JSON.stringify({ error: publicError(error) }), {
    status: errorStatus(error),
    headers: {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      ...(seconds === undefined ? {} : { "retry-after": String(seconds) }),
    },
  });
}
