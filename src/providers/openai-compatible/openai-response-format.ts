import { InhouseError } from "../../core/error.ts";
import { formHint } from "../../core/form-hint.ts";
import { lowerFormat } from "../../core/lower-format.ts";
import type { ChatRequest, CompletionRequest } from "../../core/request.ts";
import { unsupported, type EncodedForm, type OpenAIEncoding } from "./openai-encoding.ts";

/** Writes the form of the answer as a dialect has it; rejects with `unsupported` for what the server cannot enforce. */
export async function encodeResponseFormat(
  { kind, responseFormat, sampling }: ChatRequest | CompletionRequest,
  encoding: OpenAIEncoding,
): Promise<EncodedForm> {
  if (!responseFormat) return { fields: {}, warnings: [] };
  const { dialect, provider } = encoding;
  if (sampling.grammar !== undefined) {
    throw new InhouseError("invalid-request", "responseFormat: it excludes grammar, which is a form of its own.", {
      provider,
    });
  }
  const write = dialect.responseFormat[kind];
  if (!write) throw unsupported(encoding, `response format for ${kind}`);
  const { format, warnings } = lowerFormat(responseFormat, dialect.schemaSupport);
  const fields = await write(format);
  if (!fields) throw unsupported(encoding, `way to hold an answer to a ${format.type}`, formHint(format));
  return { fields, warnings };
}
