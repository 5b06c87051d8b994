import { regexTree } from "../../core/regex-tree.ts";
import { writeRegex } from "../../core/regex-write.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import { openaiResponseFormat, type BodyFields } from "../openai-compatible/openai-dialect.ts";

/**
 * A form of the answer for vLLM (0.32.0): its `structured_outputs` where the protocol has none. Of a regular expression
 * xgrammar reads over look-around in silence, so it is written anew without.
 */
export function vllmResponseFormat(format: ResponseFormat): BodyFields | undefined {
  switch (format.type) {
    case "choice":
      return { structured_outputs: { choice: format.options } };
    case "regex": {
      const regex = writeRegex(regexTree("responseFormat.pattern", format.pattern), {
        reads: "text",
        maxRepetition: 1_000,
      });
      return { structured_outputs: { regex } };
    }
    case "grammar":
      return { structured_outputs: { grammar: format.grammar } };
    case "json":
    case "json-schema":
      return openaiResponseFormat(format);
  }
}
