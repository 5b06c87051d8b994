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

/** An error of the SDK, or of the server in its words, as one of ours. */
export function mcpFailure(what: string, cause: unknown): InhouseError {
  if (isInhouseError(cause)) return cause;
  const number = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const code = typeof number === "number" ? codes[number] : undefined;
  const words = cleanText(cause instanceof Error ? cause.message : String(cause), 500);
  return new InhouseError(code ?? "protocol", `${what}: ${words}`, {
    cause,
    hint: code === "reset" ? "The MCP server has gone: look at its log." : "The words are the MCP server's own.",
    ...(code === "timeout" ? { phase: "tool" as const } : {}),
  });
}
