import { formHint } from "../../core/form-hint.ts";
import { jsonText } from "../../core/json-text.ts";
import { lowerFormat } from "../../core/lower-format.ts";
import { regexTree } from "../../core/regex-tree.ts";
import { writeRegex } from "../../core/regex-write.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import type { Warning } from "../../core/result.ts";
import { ollamaSchemaSupport } from "./ollama-schema-support.ts";
import { unsupported } from "./ollama-unsupported.ts";

/** A form of the answer as Ollama takes it. */
export interface OllamaForm {
  readonly format: unknown;
  readonly warnings: readonly Warning[];
  /** What the answer's text says: Ollama knows JSON alone, so a text comes as a JSON string. */
  readonly text?: (piece: string) => string;
}

/** Writes a form of the answer; throws `unsupported` for a grammar, which Ollama (0.34.2) does not take. */
export function ollamaResponseFormat(wanted: ResponseFormat): OllamaForm {
  const { format, warnings } = lowerFormat(wanted, ollamaSchemaSupport);
  switch (format.type) {
    case "json":
      return { format: "json", warnings };
    case "json-schema":
      return { format: format.schema, warnings };
    case "choice":
      return { format: { type: "string", enum: format.options }, warnings, text: jsonText() };
    case "regex": {
      const tree = regexTree("responseFormat.pattern", format.pattern);
      const pattern = writeRegex(tree, { reads: "json", maxRepetition: ollamaSchemaSupport.maxRepetition });
      return { format: { type: "string", pattern }, warnings, text: jsonText() };
    }
    case "grammar":
      throw unsupported("way to hold an answer to a grammar", formHint(format));
  }
}
