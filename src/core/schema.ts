import type { Issue } from "./issue.ts";
import { jsonValidator, type JsonValidator } from "./json-schema-validator.ts";
import { checkedJsonSchema, type JsonSchema } from "./json-schema.ts";
import { standardJsonSchema } from "./standard-json-schema.ts";
import { isStandardSchema, type StandardIssue, type StandardSchema } from "./standard-schema.ts";

/** A schema as users give it: one of zod 4 or of another library that follows Standard Schema, or a plain JSON Schema. */
export type SchemaInput = StandardSchema | JsonSchema;

/** The type of the values that fit a schema, as its library tells; `unknown` for a plain JSON Schema. */
export type InferSchema<Given> = Given extends StandardSchema
  ? NonNullable<Given["~standard"]["types"]>["output"]
  : unknown;

/** What a schema says of a value. */
export type Validation<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/** A schema in the one form that inhouse works with. */
export interface Schema<Value = unknown> {
  /** What a value must be like before it is validated, hence what a model is told to write. */
  readonly jsonSchema: JsonSchema;
  /**
   * Checks a value. A Standard Schema's own result is the value, defaults and transformations included; of a plain JSON
   * Schema it is the value itself. A value that does not fit is no error: its issues come back.
   */
  validate(value: unknown): Promise<Validation<Value>>;
}

/**
 * A schema out of what the user gave; `place` names it in errors. Throws `invalid-request` with the path for what cannot
 * be said in JSON Schema.
 */
export function schemaOf<Given extends SchemaInput>(place: string, given: Given): Schema<InferSchema<Given>> {
  const schema = isStandardSchema(given) ? standard(place, given) : plain(place, given);
  return schema as Schema<InferSchema<Given>>;
}

function standard(place: string, given: StandardSchema): Schema {
  return {
    jsonSchema: standardJsonSchema(place, given),
    async validate(value) {
      try {
        const result = await given["~standard"].validate(value);
        return result.issues ? { issues: result.issues.map(issueOf) } : { value: result.value };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { issues: [{ path: [], message: `the schema's own check failed: ${message}` }] };
      }
    },
  };
}

function plain(place: string, given: unknown): Schema {
  const jsonSchema = checkedJsonSchema(place, given);
  let validator: Promise<JsonValidator> | undefined;
  return {
    jsonSchema,
    async validate(value) {
      const issues = (await (validator ??= jsonValidator(jsonSchema)))(value);
      return issues.length > 0 ? { issues } : { value };
    },
  };
}

function issueOf({ path = [], message }: StandardIssue): Issue {
  const keys = path.map((step) => (typeof step === "object" ? step.key : step));
  return { path: keys.map((key) => (typeof key === "number" ? key : String(key))), message };
}
