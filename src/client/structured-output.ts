import { InhouseError, isInhouseError, withDetails } from "../core/error.ts";
import { formatIssues } from "../core/issue.ts";
import { partialJson, type PartialJson } from "../core/partial-json.ts";
import type { ResponseFormat } from "../core/response-format.ts";
import type { ChatResult, StructuredResult } from "../core/result.ts";
import { schemaOf, type InferSchema, type SchemaInput } from "../core/schema.ts";

/** An answer that must fit a schema: how it is asked for, and how it is read. */
export interface StructuredOutput<Output> {
  readonly responseFormat: ResponseFormat;
  /** Reads text as it comes: a function that returns what is known so far, and throws `schema` at what is no JSON. */
  partials(): (text: string) => unknown;
  /** The result with its output. Rejects with `schema` or `output-limit`; nothing is ever repaired. */
  check(result: ChatResult): Promise<StructuredResult<Output>>;
}

/** What a schema means for a call; throws `invalid-request` where it cannot be said in JSON Schema. */
export function structuredOutput<Given extends SchemaInput>(given: Given): StructuredOutput<InferSchema<Given>> {
  const schema = schemaOf("output", given);
  return {
    responseFormat: { type: "json-schema", schema: schema.jsonSchema },
    partials() {
      const reader = partialJson();
      return (text) => {
        readOn(reader, text);
        return reader.value;
      };
    },
    async check(result) {
      const value = wholeValue(result);
      const validation = await schema.validate(value);
      if (!validation.issues) return Object.assign(result, { output: validation.value });
      const { issues } = validation;
      const message = `The output does not fit the schema: ${formatIssues(issues)}.`;
      throw new InhouseError("schema", message, { issues, ...circumstances(result, value) });
    },
  };
}

/** The value that the answer's text is. */
function wholeValue(result: ChatResult): unknown {
  const reader = partialJson();
  try {
    readOn(reader, result.text);
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
function readOn(reader: PartialJson, text: string): void {
  try {
    reader.push(text);
  } catch (error) {
    if (!isInhouseError(error) || error.code !== "schema") throw error;
    throw withDetails(error, {
      issues: [{ path: [], message: error.message }],
      hint: "The server did not apply the schema: look at its log for why, or simplify the schema.",
    });
  }
}

function circumstances({ text, reasoning, toolCalls, model, requestId }: ChatResult, output: unknown) {
  return {
    partial: { text, reasoning, toolCalls, ...(output === undefined ? {} : { output }) },
    ...(model === undefined ? {} : { model }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
