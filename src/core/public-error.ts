import { isInhouseError } from "./error.ts";

/** An error as a service shows it to its callers. */
export interface PublicError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** What callers may see of an error: of one that is not ours, nothing. */
export function publicError(error: unknown): PublicError {
  if (!isInhouseError(error)) return { code: "server", message: "The call failed.", hint: "" };
  const { code, message, hint } = error;
  return { code, message, hint };
}
