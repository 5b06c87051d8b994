import { formOf, type InferOutput, type OutputInput } from "../../core/output-form.ts";
import { schemaOf, type Schema, type SchemaInput } from "../../core/schema.ts";
import type { OutputStrategy, StructuredOutput } from "./checked-output.ts";
import { jsonOutput } from "./json-output.ts";
import { textOutput } from "./text-output.ts";

/** What an output means for a call; throws `invalid-request` for a schema that JSON Schema cannot say. */
export function structuredOutput<Given extends OutputInput>(
  given: Given,
  strategy: OutputStrategy,
): StructuredOutput<InferOutput<Given>> {
  const form = formOf(given);
  const output = !form
    ? jsonOutput(schemaOf("output", given as SchemaInput), strategy)
    : form.type === "json"
      ? jsonOutput(anyObject, strategy, form)
      : textOutput(form, strategy);
  return output as StructuredOutput<InferOutput<Given>>;
}

/** JSON mode: an object of any shape. */
const anyObject: Schema = {
  jsonSchema: { type: "object" },
  validate: (value) =>
    Promise.resolve(
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? { value }
        : { issues: [{ path: [], message: "expected an object" }] },
    ),
};
