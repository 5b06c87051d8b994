/** The keywords of JSON Schema that are heeded here. */
interface Schema {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** JSON text that fits a schema of the simple kind: what a server that enforces schemas could have generated. */
export function fitting(schema: unknown): string {
  return JSON.stringify(valueOf(schema ?? {}));
}

function valueOf({ type = "object", enum: allowed, properties = {} }: Schema): unknown {
  if (allowed) return allowed[0];
  switch (type) {
    case "string":
      return "";
    case "number":
    case "integer":
      return 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "object":
      return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, valueOf(property)]));
    default:
      return null;
  }
}

/** The schema that a request of the OpenAI protocol holds the answer to; `{}` where any object will do. */
export function responseSchema(format: unknown): unknown {
  const { json_schema: named } = (format ?? {}) as { readonly json_schema?: { readonly schema?: unknown } };
  return named?.schema ?? (format === undefined ? undefined : {});
}
