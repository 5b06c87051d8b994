import { gbnfChoice, gbnfRegex } from "../../core/gbnf.ts";
import { regexTree } from "../../core/regex-tree.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import { openaiResponseFormat, type BodyFields } from "../openai-compatible/openai-dialect.ts";

/** A form of the answer for llama-server's chat: its own grammars where the protocol has nothing. */
export const llamacppChatFormat = (format: ResponseFormat): BodyFields | undefined =>
  grammarOf(format) ?? openaiResponseFormat(format);

/** The same for `/completion`, which takes a schema as a key of its own. */
export function llamacppCompletionFormat(format: ResponseFormat): BodyFields | undefined {
  if (format.type === "json") return { json_schema: { type: "object" } };
  return format.type === "json-schema" ? { json_schema: format.schema } : grammarOf(format);
}

/** What is no JSON as GBNF; undefined for JSON, and for other notations. */
function grammarOf(format: ResponseFormat): BodyFields | undefined {
  if (format.type === "choice") return { grammar: gbnfChoice(format.options) };
  if (format.type === "regex") return { grammar: gbnfRegex(regexTree("responseFormat.pattern", format.pattern)) };
  return format.type === "grammar" && format.syntax === "gbnf" ? { grammar: format.grammar } : undefined;
}
