import { InhouseError, isInhouseError, withDetails } from "../../core/error.ts";
import { fencedJson } from "../../core/fenced-json.ts";
import { formatIssues } from "../../core/issue.ts";
import { partialJson, type PartialJson } from "../../core/partial-json.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import type { ChatResult } from "../../core/result.ts";
import type { Schema } from "../../core/schema.ts";
import type { OutputStrategy, StructuredOutput } from "./checked-output.ts";
import { circumstances, unappliedHint } from "./output-circumstances.ts";

/** An answer that is JSON and must fit a schema. A model that was only asked for it may put a fence around it. */
export function jsonOutput(
  schema: Schema,
  strategy: OutputStrategy,
  responseFormat: ResponseFormat = { type: "json-schema", schema: schema.jsonSchema },
): StructuredOutput<unknown> {
  const found = () => (strategy === "prompted" ? fencedJson() : (text: string) => text);
  return {
    responseFormat,
    wanted: `JSON that fits this JSON Schema, and nothing else: ${JSON.stringify(schema.jsonSchema)}`,
    partials() {
      const reader = partialJson();
      const find = found();
      return (text) => {
        readOn(reader, find(text), strategy);
        return reader.value;
      };
    },
    async check(result) {
      const value = wholeValue(result, found()(result.text), strategy);
      const validation = await schema.validate(value);
      if (!validation.issues) return Object.assign(result, { output: validation.value });
      const { issues } = validation;
      const message = `The output does not fit the schema: ${formatIssues(issues)}.`;
      throw new InhouseError("schema", message, { issues, ...circumstances(result, value) });
    },
  };
}

/** The value that the answer's text is. */
function wholeValue(result: ChatResult, text: string, strategy: OutputStrategy): unknown {
  const reader = partialJson();
  try {
    readOn(reader, text, strategy);
    return reader.end();
  } catch (error) {
    if (!isInhouseError(error)) throw error;
    const known = circumstances(result, reader.value);
    if (result.finishReason === "length" && !error.issues) {
      throw new InhouseError("output-limit", "The output was cut by the token limit before its end.", known);
    }
    const issues = [{ path: [], message: error.message }];
    throw withDetails(error, error.code === "schema" ? { issues, ...known } : known);
  }
}

/** What is no JSON was written by a model that was not held to a schema: an enforced one leaves no way to write it. */
function readOn(reader: PartialJson, text: string, strategy: OutputStrategy): void {
  try {
    reader.push(text);
  } catch (error) {
    if (!isInhouseError(error) || error.code !== "schema") throw error;
    throw withDetails(error, { issues: [{ path: [], message: error.message }], hint: unappliedHint(strategy) });
  }
}
