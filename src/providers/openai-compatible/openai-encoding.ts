import { InhouseError } from "../../core/error.ts";
import type { Warning } from "../../core/result.ts";
import type { BodyFields, Dialect } from "./openai-dialect.ts";

/** What a request is encoded for. */
export interface OpenAIEncoding {
  readonly provider: string;
  readonly dialect: Dialect;
  /** Keys of the body that the caller set by `providerOptions`. */
  readonly extras: Readonly<Record<string, unknown>>;
}

/** A form of the answer, or tools, as keys of the body, and what the caller must know of it. */
export interface EncodedForm {
  readonly fields: BodyFields;
  readonly warnings: readonly Warning[];
}

/** The server has no such operation. */
export function unsupported(
  { provider }: Pick<OpenAIEncoding, "provider">,
  operation: string,
  hint?: string,
): InhouseError {
  return new InhouseError("unsupported", `${provider} has no ${operation}.`, {
    provider,
    ...(hint === undefined ? {} : { hint }),
  });
}
