import { cleanText } from "../../core/clean-text.ts";
import type { ErrorCode } from "../../core/error-codes.ts";
import { InhouseError, isInhouseError } from "../../core/error.ts";

/** What the SDK's numbers mean: its own, of JSON-RPC, and of HTTP. */
const codes: Readonly<Record<number, ErrorCode>> = {
  [-32_000]: "reset",
  [-32_001]: "timeout",
  [-32_601]: "unsupported",
  [-32_602]: "invalid-request",
  401: "auth",
  403: "forbidden",
  404: "not-found",
  429: "rate-limit",
  503: "overloaded",
};

const goneHint = "The MCP server has gone: look at its log, then connect anew with mcpTools().";

/** The error of a connection that is no more; a server is not connected to again by itself, since it would know nothing of before. */
export const gone = (cause: unknown): InhouseError =>
  isInhouseError(cause)
    ? cause
    : new InhouseError("reset", "The connection to the MCP server has ended.", {
        cause,
        hint: goneHint,
        retryable: false,
      });

/** An error of the SDK, or of the server in its words, as one of ours. */
export function mcpFailure(what: string, cause: unknown): InhouseError {
  if (isInhouseError(cause)) return cause;
  const number = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const code = isUnauthorized(cause) ? "auth" : typeof number === "number" ? codes[number] : undefined;
  const words = cleanText(cause instanceof Error ? cause.message : String(cause), 500);
  return new InhouseError(code ?? "protocol", `${what}: ${words}`, {
    cause,
    hint: hintOf(code),
    ...(code === "timeout" ? { phase: "tool" as const } : {}),
  });
}

function hintOf(code: ErrorCode | undefined): string {
  if (code === "reset") return goneHint;
  if (code === "auth")
    return "Sign in, or give another token; after a sign-in in a browser, connect anew with mcpTools().";
  return "The words are the MCP server's own.";
}

/** The SDK's error of an `authProvider` that could not get a token; it has no code. */
const isUnauthorized = (cause: unknown): boolean =>
  cause instanceof Error && cause.constructor.name === "UnauthorizedError";
