import { lowerSchema } from "./lower-schema.ts";
import { relaxationWarnings } from "./relaxation-warnings.ts";
import type { ResponseFormat } from "./response-format.ts";
import type { Warning } from "./result.ts";
import type { SchemaSupport } from "./schema-support.ts";

/** A form of the answer with its schema as a server takes it, and what the caller is to be warned of. */
export function lowerFormat(
  format: ResponseFormat,
  support: SchemaSupport,
): { readonly format: ResponseFormat; readonly warnings: readonly Warning[] } {
  if (format.type !== "json-schema") return { format, warnings: [] };
  const { schema, relaxations } = lowerSchema("responseFormat.schema", format.schema, support);
  return { format: { ...format, schema }, warnings: relaxationWarnings(relaxations, support.server) };
}
