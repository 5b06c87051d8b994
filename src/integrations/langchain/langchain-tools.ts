import type { BindToolsInput } from "@langchain/core/language_models/chat_models";
import { isLangChainTool } from "@langchain/core/utils/function_calling";
import { toJsonSchema } from "@langchain/core/utils/json_schema";

import type { JsonSchema } from "../../core/json-schema.ts";
import { schemaOf, type SchemaInput } from "../../core/schema.ts";
import { isStandardSchema } from "../../core/standard-schema.ts";
import type { ToolChoice, ToolDefinition } from "../../core/tool.ts";
import { fieldsOf } from "./langchain-content.ts";
import { unsupportedInput, wrongInput } from "./langchain-error.ts";

/**
 * Tools as the client takes them: those of LangChain, of OpenAI's form, of ours, and `{ name, schema }`. Throws
 * `unsupported` for tools that another provider would execute.
 */
export function toolsOf(tools: readonly BindToolsInput[]): readonly ToolDefinition[] {
  return tools.map((tool, index) => {
    const place = `tools[${index}]`;
    const fields = fieldsOf(tool);
    if (isLangChainTool(fields) || "schema" in fields) return definition(place, fields, fields["schema"]);
    if (fields["type"] === "function" && typeof fields["function"] === "object") {
      const inner = fieldsOf(fields["function"]);
      return definition(place, inner, inner["parameters"]);
    }
    if (typeof fields["type"] === "string" && fields["type"] !== "function") {
      const hint = "Pass a tool that this program executes: tool() of LangChain, or of OpenAI's form.";
      throw unsupportedInput(place, `a tool of type "${fields["type"]}" is executed by another provider`, hint);
    }
    return definition(place, fields, fields["parameters"] ?? fields["input_schema"]);
  });
}

function definition(place: string, { name, description }: Record<string, unknown>, schema: unknown): ToolDefinition {
  if (typeof name !== "string") throw wrongInput(place, "expected a tool with a name");
  return {
    name,
    ...(typeof description === "string" && description !== "" ? { description } : {}),
    ...(schema === undefined ? {} : { parameters: jsonSchemaOf(`${place}.schema`, schema) }),
  };
}

/** The JSON Schema of a schema of zod 4, of a tool of ours, zod 3 or another library, or of one that is JSON Schema already. */
export function jsonSchemaOf(place: string, schema: unknown): JsonSchema {
  if (isStandardSchema(schema) && schema["~standard"].jsonSchema) return schemaOf(place, schema).jsonSchema;
  const { jsonSchema, validate } = fieldsOf(schema);
  if (typeof validate === "function" && typeof jsonSchema === "object") return jsonSchema as JsonSchema;
  const { $schema: _draft, ...made } = toJsonSchema(schema as Parameters<typeof toJsonSchema>[0]) as JsonSchema;
  return made;
}

/** Whether the client can take a schema as it is, and so check an answer against it. */
export const isOwnSchema = (schema: unknown): schema is SchemaInput =>
  isStandardSchema(schema) && schema["~standard"].jsonSchema !== undefined;

/** LangChain's `tool_choice` as ours: `any` is `required`; a name may stand as it is, or in OpenAI's or Anthropic's form. */
export function toolChoiceOf(choice: unknown): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === "string") {
    if (choice === "any") return "required";
    return choice === "auto" || choice === "none" || choice === "required" ? choice : { name: choice };
  }
  const { type, name, function: inner } = fieldsOf(choice);
  const wanted = name ?? fieldsOf(inner)["name"];
  if (typeof wanted === "string") return { name: wanted };
  if (type === "auto" || type === "none") return type;
  if (type === "any" || type === "required") return "required";
  throw wrongInput("tool_choice", 'expected "auto", "any", "none", "required", or the name of a tool');
}
