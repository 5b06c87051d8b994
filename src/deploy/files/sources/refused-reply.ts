import type { ErrorCode } from "../../../core/error-codes.ts";
import { InhouseError, type ErrorDetails } from "../../../core/error.ts";
import type { HttpResponse } from "../../../core/transport.ts";

const refusals: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  401: ["auth", "wants a key, or refused it"],
  403: ["forbidden", "may not be read"],
  404: ["not-found", "does not exist"],
  408: ["timeout", "took its server too long"],
  410: ["not-found", "is gone"],
  429: ["rate-limit", "was asked for too often"],
  502: ["overloaded", "cannot be served now"],
  503: ["overloaded", "cannot be served now"],
  504: ["timeout", "took its server too long"],
};

const hints: Partial<Record<ErrorCode, string>> = {
  auth: "Pass apiKey, or credentials for a registry that asks for a name and password.",
  forbidden: "The licence of the model may have to be accepted first, with the account that the key is of.",
  "not-found": "Check the name, the revision and the address. Some servers answer so to those who may not see a model.",
};

/** The error of a reply that is not the file; its body is let go. */
export function refusedReply(place: string, response: HttpResponse): InhouseError {
  const { status } = response;
  response.release();
  const [code, words] =
    refusals[status] ??
    (status >= 500 ? (["server", "could not be served"] as const) : (["protocol", "was answered oddly"] as const));
  const hint = hints[code];
  const retryAfterMs = Number(headerOf(response, "retry-after")) * 1_000;
  return new InhouseError(code, `${place} ${words} (status ${status}).`, {
    status,
    ...(code === "timeout" ? { phase: "total", retryable: true } : {}),
    ...(code === "protocol" ? { retryable: false } : {}),
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs >= 0 ? { retryAfterMs } : {}),
  } satisfies ErrorDetails);
}

/** The bytes on the wire are not what they have to be, and will not be when they are asked for again. */
export function badMirror(message: string, hint: string): InhouseError {
  return new InhouseError("protocol", message, { retryable: false, hint });
}

/** The first value of a header; names are of lower case. */
export function headerOf({ headers }: HttpResponse, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}
