import type { ResponseFormat } from "../../core/response-format.ts";
import type { ChatResult, StructuredResult } from "../../core/result.ts";

/**
 * How the form of an answer is brought about: by the server (`native`), by a forced call of a tool whose arguments are the
 * answer (`tool`), or by asking the model for it (`prompted`).
 */
export type OutputStrategy = "native" | "tool" | "prompted";

/** An answer that must have a form: how it is asked for, and how it is read. */
export interface StructuredOutput<Output> {
  readonly responseFormat: ResponseFormat;
  /** What an answer is to be, for the model to read. */
  readonly wanted: string;
  /** Reads text as it comes: a function that returns what is known so far, and throws `schema` at what is no JSON. */
  partials(): (text: string) => unknown;
  /** The result with its output. Rejects with `schema` or `output-limit`; nothing is ever repaired. */
  check(result: ChatResult): Promise<StructuredResult<Output>>;
}
