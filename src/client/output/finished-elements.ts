import { InhouseError } from "../../core/error.ts";
import { formatIssues } from "../../core/issue.ts";
import { jsonValidator } from "../../core/json-schema-validator.ts";
import type { JsonSchema } from "../../core/json-schema.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import { schemaIndex, type SchemaNode } from "../../core/schema-index.ts";

/** Tells which elements of a growing value are finished since the last time; throws `schema` for one that does not fit. */
export type FinishedElements = (value: unknown) => readonly unknown[];

/**
 * Watches the list that a value is, or has under a key. An element is finished when the next one has begun, or the next
 * property; the last one may have to wait for the end. Rejects with `unsupported` where the schema has no list there.
 */
export async function finishedElements(format: ResponseFormat, key: string | undefined): Promise<FinishedElements> {
  const fits = await jsonValidator(format.type === "json-schema" ? elementSchema(format.schema, key) : {});
  let told = 0;
  return (value) => {
    const list = listIn(value, key);
    const ready = list.slice(told, isClosed(value, key) ? list.length : Math.max(told, list.length - 1));
    for (const [place, element] of ready.entries()) {
      const issues = fits(element).map(({ path, message }) => ({
        path: [...(key === undefined ? [] : [key]), told + place, ...path],
        message,
      }));
      if (issues.length === 0) continue;
      throw new InhouseError("schema", `An element does not fit the schema: ${formatIssues(issues)}.`, { issues });
    }
    told += ready.length;
    return ready;
  };
}

/** The list that a value is, or has under a key, as far as it came. */
export function listIn(value: unknown, key: string | undefined): readonly unknown[] {
  const isObject = typeof value === "object" && value !== null;
  const list = key === undefined ? value : isObject ? (value as Record<string, unknown>)[key] : undefined;
  return Array.isArray(list) ? list : [];
}

/** Another property has begun after the list. */
function isClosed(value: unknown, key: string | undefined): boolean {
  if (key === undefined || typeof value !== "object" || value === null) return false;
  const keys = Object.keys(value);
  return keys.includes(key) && keys.at(-1) !== key;
}

/** The schema of the elements, with the definitions that it may refer to. */
function elementSchema(schema: JsonSchema, key: string | undefined): JsonSchema {
  const index = schemaIndex("output", schema);
  const meant = (node: SchemaNode): SchemaNode => {
    const ref = typeof node.schema === "object" ? node.schema["$ref"] : undefined;
    return typeof ref === "string" ? meant(index.resolve(node, ref)) : node;
  };
  const below = (node: SchemaNode, ...keys: readonly string[]): SchemaNode | undefined => {
    let value: unknown = node.schema;
    for (const step of keys) value = (value as Record<string, unknown> | undefined)?.[step];
    return typeof value === "object" && value !== null ? meant(index.child(node, value, ...keys)) : undefined;
  };
  const list = key === undefined ? meant(index.root) : below(meant(index.root), "properties", key);
  const element = list && below(list, "items")?.schema;
  const elsewhere = /"\$ref":"(?!#\/(?:\$defs|definitions)\/)/.test(JSON.stringify(element ?? {}));
  if (typeof element !== "object" || Array.isArray(element) || elsewhere) {
    const place = key === undefined ? "output" : `output.${key}`;
    throw new InhouseError("unsupported", `elements: ${place} is no list with one schema for all of its elements.`, {
      hint: "Read partials, or give the elements a schema by items.",
    });
  }
  const { $defs, definitions, $schema } = schema;
  return Object.fromEntries(
    Object.entries({ $schema, $defs, definitions, ...element }).filter(([, value]) => value !== undefined),
  );
}
