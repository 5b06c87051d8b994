import type { AIMessage } from "@langchain/core/messages";
import { JsonOutputParser } from "@langchain/core/output_parsers";
import { RunnableLambda, type Runnable } from "@langchain/core/runnables";
import { toJsonSchema } from "@langchain/core/utils/json_schema";

import { InhouseError } from "../../core/error.ts";
import { fencedJson } from "../../core/fenced-json.ts";
import { formatIssues } from "../../core/issue.ts";
import type { JsonSchema } from "../../core/json-schema.ts";
import { json, type OutputInput } from "../../core/output-form.ts";
import { schemaOf, type SchemaInput } from "../../core/schema.ts";
import { isStandardSchema } from "../../core/standard-schema.ts";
import type { ToolDefinition } from "../../core/tool.ts";
import { fieldsOf } from "./langchain-content.ts";
import { langchainError, wrongInput } from "./langchain-error.ts";
import { jsonSchemaOf } from "./langchain-tools.ts";

type Value = Record<string, unknown>;

/** How an answer in a form is asked for, and read. */
export interface StructuredCall {
  /** What the call is bound to. */
  readonly options: {
    readonly output?: OutputInput;
    readonly tools?: ToolDefinition[];
    readonly tool_choice?: string;
    readonly ls_structured_output_format: { readonly kwargs: { readonly method: string }; readonly schema: JsonSchema };
  };
  readonly parser: Runnable<AIMessage, Value>;
}

/** How LangChain asks for it. */
export interface StructuredSettings {
  readonly name?: string | undefined;
  readonly method?: string | undefined;
  readonly includeRaw?: boolean | undefined;
}

/**
 * `jsonSchema`, the default: the client's `output`. `functionCalling`: the model must call one tool, whose parameters are
 * the schema. `jsonMode`: any JSON object is asked for. In each the answer is checked against the schema here.
 */
export function structuredCall(
  given: unknown,
  { name, method = "jsonSchema", includeRaw }: StructuredSettings,
): StructuredCall {
  const { schema, toolName, description } = named(given, name);
  const jsonSchema = jsonSchemaOf("withStructuredOutput", schema);
  // What tells no JSON Schema of itself (zod 3) still checks what comes.
  const check = schemaOf("withStructuredOutput", checkedBy(schema, jsonSchema));
  const ls_structured_output_format = { kwargs: { method }, schema: toldSchema(schema) };
  const text = async (message: AIMessage): Promise<unknown> => parsed(message.text);
  switch (method) {
    case "jsonSchema": {
      const output = isStandardSchema(schema) && schema["~standard"].jsonSchema ? schema : jsonSchema;
      const streams = !isStandardSchema(schema) && includeRaw !== true;
      return {
        options: { output, ls_structured_output_format },
        parser: streams ? new JsonOutputParser<Value>() : reader(text, check.validate),
      };
    }
    case "jsonMode":
      return { options: { output: json(), ls_structured_output_format }, parser: reader(text, check.validate) };
    case "functionCalling": {
      const tool: ToolDefinition = {
        name: toolName,
        parameters: jsonSchema,
        ...(description === undefined ? {} : { description }),
      };
      return {
        options: { tools: [tool], tool_choice: toolName, ls_structured_output_format },
        parser: reader(async (message) => calledWith(message, toolName), check.validate),
      };
    }
    default:
      throw wrongInput("withStructuredOutput: method", "expected jsonSchema, functionCalling or jsonMode");
  }
}

/** The schema as LangChain's own models tell it in traces. */
const toldSchema = (schema: unknown): JsonSchema => toJsonSchema(schema as Parameters<typeof toJsonSchema>[0]);

/** A schema, or a function in OpenAI's form whose parameters are one. */
function named(given: unknown, name: string | undefined) {
  const { name: ownName, description, parameters, title } = fieldsOf(given);
  const isFunction = typeof ownName === "string" && typeof parameters === "object" && !isStandardSchema(given);
  const fallback = typeof title === "string" && /^[\w-]{1,64}$/.test(title) ? title : "extract";
  return {
    schema: isFunction ? (parameters as unknown) : given,
    toolName: name ?? (isFunction ? ownName : fallback),
    description: typeof description === "string" ? description : undefined,
  };
}

/** The schema itself where it checks values, told with the JSON Schema that was made of it. */
function checkedBy(schema: unknown, jsonSchema: JsonSchema): SchemaInput {
  if (!isStandardSchema(schema)) return jsonSchema;
  const { validate, vendor } = schema["~standard"];
  return {
    "~standard": { version: 1, vendor, validate: (value) => validate(value), jsonSchema: { input: () => jsonSchema } },
  };
}

function reader(
  read: (message: AIMessage) => Promise<unknown>,
  validate: ReturnType<typeof schemaOf>["validate"],
): Runnable<AIMessage, Value> {
  return RunnableLambda.from(async (message: AIMessage) => {
    const checked = await validate(await read(message));
    if (checked.issues === undefined) return checked.value as Value;
    throw unfit(message, `The answer does not fit the schema: ${formatIssues(checked.issues)}`);
  });
}

/** A model that was only asked for JSON may put it into a fence of Markdown. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(fencedJson()(text)) as unknown;
  } catch {
    return undefined; // which fits no schema of an object
  }
}

function calledWith(message: AIMessage, name: string): unknown {
  const call = message.tool_calls?.find((called) => called.name === name);
  if (!call) throw unfit(message, `The model did not call "${name}".`);
  return call.args;
}

function unfit({ text }: AIMessage, what: string): unknown {
  return langchainError(new InhouseError("schema", what, { partial: { text, reasoning: "", toolCalls: [] } }));
}
