import { fittingRegex } from "./fake-grammar.ts";

/** The keywords of JSON Schema that are heeded here. */
interface Schema {
  readonly type?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly pattern?: string;
}

/** JSON text that fits a schema of the simple kind: what a server that enforces schemas could have generated. */
export function fitting(schema: unknown): string {
  const root: Schema = schema ?? {};
  return JSON.stringify(valueOf(root, root));
}

/** The shortest value; lists are as short as they may be, of several forms it is the first. */
function valueOf(schema: Schema, root: Schema): unknown {
  const { type = "object", enum: allowed, anyOf, $ref, properties = {}, items = {}, minItems = 0, pattern } = schema;
  if ("const" in schema) return schema.const;
  if (allowed) return allowed[0];
  if (anyOf) return valueOf(anyOf[0] ?? {}, root);
  if ($ref !== undefined) return valueOf(target($ref, root), root);
  switch (type) {
    case "string":
      return pattern === undefined ? "" : (fittingRegex(pattern) ?? "");
    case "number":
    case "integer":
      return 0;
    case "boolean":
      return false;
    case "array":
      return Array.from({ length: minItems }, () => valueOf(items, root));
    case "object":
      return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, valueOf(property, root)]));
    default:
      return null;
  }
}

function target(ref: string, root: Schema): Schema {
  let found: unknown = root;
  for (const step of ref.split("/").slice(1)) found = (found as Readonly<Record<string, unknown>>)[step];
  return found as Schema;
}

/** The schema that a request of the OpenAI protocol holds the answer to; `{}` where any object will do. */
export function responseSchema(format: unknown): unknown {
  const { json_schema: named } = (format ?? {}) as { readonly json_schema?: { readonly schema?: unknown } };
  return named?.schema ?? (format === undefined ? undefined : {});
}
