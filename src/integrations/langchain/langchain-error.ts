import type { LangChainErrorCodes } from "@langchain/core/errors";
import { AIMessageChunk } from "@langchain/core/messages";

import type { ErrorCode } from "../../core/error-codes.ts";
import { InhouseError, isInhouseError, withDetails } from "../../core/error.ts";

/** What LangChain calls our errors by; the others have no code there. */
const codes: Partial<Record<ErrorCode, LangChainErrorCodes>> = {
  abort: "MODEL_ABORTED",
  auth: "MODEL_AUTHENTICATION",
  "context-length": "CONTEXT_OVERFLOW",
  "not-found": "MODEL_NOT_FOUND",
  "output-limit": "OUTPUT_PARSING_FAILURE",
  overloaded: "MODEL_RATE_LIMIT",
  "rate-limit": "MODEL_RATE_LIMIT",
  schema: "OUTPUT_PARSING_FAILURE",
};

/** The classes of LangChain that know each other's instances by a symbol, so that copies of its core agree. */
const brands: Partial<Record<ErrorCode, string>> = { abort: "model-abort", "context-length": "context-overflow" };

/** LangChain's mark of what another try may mend: its retrying middleware goes by it. */
const retryable = Symbol.for("langchain.errors.retryable");

/**
 * The same error, which is LangChain's as well: it has its `lc_error_code`, its mark of what may be tried again, and is an
 * instance of `ContextOverflowError` or `ModelAbortError` where it is one.
 */
export function langchainError(error: unknown): unknown {
  if (!isInhouseError(error)) return error;
  const both = withDetails(error, {});
  Object.defineProperty(both, retryable, { value: error.retryable, configurable: true });
  const code = codes[error.code];
  if (code !== undefined) Object.assign(both, { lc_error_code: code });
  const brand = brands[error.code];
  if (brand !== undefined) {
    Object.assign(both, { [Symbol.for("langchain.error")]: true, [Symbol.for(`langchain.error.${brand}`)]: true });
  }
  if (error.code === "abort" && error.partial) {
    // Not a field of the error's JSON: that would tell of `partial` twice.
    const value = new AIMessageChunk({ content: error.partial.text });
    Object.defineProperty(both, "partialOutput", { value, configurable: true });
  }
  return both;
}

/** Does a call, and rejects with errors that are LangChain's as well. */
export async function underLangchain<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw langchainError(error);
  }
}

/** An `invalid-request` about something that LangChain passed. */
export function wrongInput(place: string, what: string, hint?: string): InhouseError {
  return new InhouseError("invalid-request", `${place}: ${what}.`, hint === undefined ? {} : { hint });
}

/** An error of what LangChain has a word for and no server of ours can do. */
export function unsupportedInput(place: string, what: string, hint: string): InhouseError {
  return new InhouseError("unsupported", `${place}: ${what}.`, { hint });
}
