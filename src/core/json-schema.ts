import { describe } from "./check-options.ts";
import { InhouseError } from "./error.ts";

/** A JSON Schema, as a plain object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Deepest nesting of a schema's text; what is deeper most likely holds itself. */
const maxDepth = 100;

/**
 * A copy of a JSON Schema; throws `invalid-request` with the path for what JSON cannot hold, a `$ref` that leads nowhere,
 * and a `pattern` that is no regular expression.
 */
export function checkedJsonSchema(place: string, value: unknown): JsonSchema {
  const copy = copyOf(place, value, 0);
  if (!isObject(copy)) throw refused(place, `expected a JSON Schema or a Standard Schema, got ${describe(value)}`);
  const schemas = [...subschemas(copy, place)];
  for (const [path, schema] of schemas) {
    const { $ref, pattern, patternProperties } = schema;
    if (typeof $ref === "string" && !leadsSomewhere($ref, copy, schemas)) {
      throw refused(`${path}.$ref`, `"${$ref}" is not in the schema, and nothing is fetched`);
    }
    if (typeof pattern === "string") checkPattern(`${path}.pattern`, pattern);
    if (isObject(patternProperties)) {
      for (const key of Object.keys(patternProperties)) checkPattern(`${path}.patternProperties`, key);
    }
  }
  return copy;
}

/** Keywords that hold a schema, a list of schemas, and schemas by name. */
const holders: Readonly<Record<"one" | "list" | "map", readonly string[]>> = {
  one: [
    "items",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "not",
    "if",
    "then",
    "else",
  ],
  list: ["prefixItems", "items", "allOf", "anyOf", "oneOf"],
  map: ["$defs", "definitions", "properties", "patternProperties", "dependentSchemas"],
};

/** A schema and every schema in it, each with its path; `const`, `enum` and the like hold values and are not entered. */
export function* subschemas(schema: JsonSchema, path: string): Generator<readonly [path: string, schema: JsonSchema]> {
  yield [path, schema];
  for (const [key, value] of Object.entries(schema)) {
    const below = `${path}.${key}`;
    if (Array.isArray(value)) {
      if (!holders.list.includes(key)) continue;
      for (const [index, item] of value.entries()) if (isObject(item)) yield* subschemas(item, `${below}[${index}]`);
    } else if (isObject(value) && holders.map.includes(key)) {
      for (const [name, item] of Object.entries(value)) if (isObject(item)) yield* subschemas(item, `${below}.${name}`);
    } else if (isObject(value) && holders.one.includes(key)) {
      yield* subschemas(value, below);
    }
  }
}

function copyOf(place: string, value: unknown, depth: number): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (depth > maxDepth) throw refused(place, `deeper than ${maxDepth} levels, or it holds itself: use $ref`);
  if (Array.isArray(value)) return value.map((item, index) => copyOf(`${place}[${index}]`, item, depth + 1));
  if (!isPlain(value)) throw refused(place, `${describe(value)} that JSON cannot hold`);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, copyOf(`${place}.${key}`, item, depth + 1)]));
}

/** Names may also be an `$anchor`, or relative to an `$id`: then the validator has the last word. */
function leadsSomewhere(
  ref: string,
  root: JsonSchema,
  schemas: readonly (readonly [path: string, schema: JsonSchema])[],
): boolean {
  if (ref !== "#" && !ref.startsWith("#/")) {
    return schemas.some(([, { $id, $anchor }]) => $id !== undefined || ref === `#${String($anchor)}`);
  }
  let target: unknown = root;
  for (const step of ref.split("/").slice(1)) {
    const key = decoded(step);
    if (typeof target !== "object" || target === null || !Object.hasOwn(target, key)) return false;
    target = (target as Record<string, unknown>)[key];
  }
  return true;
}

/** A step of a JSON pointer in a URI fragment as the key that it means. */
export function decoded(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return step; // a bare % is no escape
  }
}

function checkPattern(place: string, pattern: string): void {
  try {
    RegExp(pattern, "u");
  } catch {
    throw refused(place, `"${pattern}" is no regular expression (with the flag u)`);
  }
}

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isPlain(value: unknown): value is object {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** The error of a schema that cannot be used. */
export function refused(place: string, what: string, hint?: string): InhouseError {
  return new InhouseError("invalid-request", `${place}: ${what}.`, hint === undefined ? {} : { hint });
}
