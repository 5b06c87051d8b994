import type { JsonSchema } from "../../core/json-schema.ts";
import type { ToolDefinition } from "../../core/tool.ts";

/** Most calls of an answer that is forced: a small model that may go on with its list often does. */
const maxCalls = 8;

/** The JSON Schema of an answer that is nothing but calls of these tools: `{"calls": [{"name": …, "arguments": …}]}`. */
export function callsSchema(tools: readonly ToolDefinition[], most = maxCalls): JsonSchema {
  const definitions: (readonly [name: string, schema: unknown])[] = [];
  const calls = tools.map(({ name, parameters = {} }) => {
    const { $schema: _dialect, ...given }: JsonSchema = parameters;
    const schema: JsonSchema = { type: "object", ...given };
    const recursive = hasReference(schema);
    // What a schema refers to must be found from the new root on.
    if (recursive) definitions.push([name, moved(schema, `#/$defs/${name}`)]);
    return {
      type: "object",
      properties: { name: { const: name }, arguments: recursive ? { $ref: `#/$defs/${name}` } : schema },
      required: ["name", "arguments"],
      additionalProperties: false,
    };
  });
  return {
    type: "object",
    properties: {
      calls: { type: "array", items: calls.length === 1 ? calls[0] : { anyOf: calls }, minItems: 1, maxItems: most },
    },
    required: ["calls"],
    additionalProperties: false,
    ...(definitions.length > 0 ? { $defs: Object.fromEntries(definitions) } : {}),
  };
}

/** Keywords whose values are not schemas, whatever they look like. */
const values = new Set(["const", "enum", "default", "examples"]);

function hasReference(schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  return Object.entries(schema).some(
    ([key, value]) => (key === "$ref" && typeof value === "string") || (!values.has(key) && hasReference(value)),
  );
}

/** A schema whose references to itself begin at another place. */
function moved(schema: unknown, place: string): unknown {
  if (Array.isArray(schema)) return schema.map((item) => moved(item, place));
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]: [string, unknown]) => {
      if (key === "$ref" && typeof value === "string" && value.startsWith("#")) return [key, place + value.slice(1)];
      return [key, values.has(key) ? value : moved(value, place)];
    }),
  );
}
