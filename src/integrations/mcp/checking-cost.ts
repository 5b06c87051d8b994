import { decoded, refused, type JsonSchema } from "../../core/json-schema.ts";

/** Most schemas that a check may go through, each counted as often as it is come to. */
const mostSteps = 5_000;

/** Keywords whose schemas all look at the same value. */
const sameValue = ["allOf", "anyOf", "oneOf"];

/** Keywords whose references are only known while a value is checked. */
const dynamic = ["$dynamicRef", "$recursiveRef"];

/**
 * Refuses a schema from a foreign hand whose check could take years: forty steps that each lead to the next twice are a trillion.
 * So are two ways round a circle for the same value. References other than to places in the schema are refused with them, since they
 * could lead round this. Throws `invalid-request`.
 */
export function refuseCostly(place: string, root: JsonSchema): void {
  const costs = new Map<JsonSchema, number>();
  const onTheWay = new Set<JsonSchema>();

  function costOf(schema: JsonSchema): number {
    const known = costs.get(schema);
    if (known !== undefined) return known;
    if (onTheWay.has(schema)) return 0; // a value ends some time, and so does the circle
    onTheWay.add(schema);
    let cost = 1;
    for (const child of childrenOf(schema)) cost += costOf(child);
    onTheWay.delete(schema);
    costs.set(schema, cost);
    return cost;
  }

  function leadsTo(from: JsonSchema, goal: JsonSchema): boolean {
    const seen = new Set([from]);
    for (const schema of seen) {
      if (schema === goal) return true;
      for (const child of childrenOf(schema)) seen.add(child);
    }
    return false;
  }

  function childrenOf(schema: JsonSchema): readonly JsonSchema[] {
    if (dynamic.some((keyword) => keyword in schema) || (schema !== root && "$id" in schema)) {
      throw refused(place, "some of its references are only known when a value is checked");
    }
    const { $ref } = schema;
    const target = typeof $ref === "string" ? [targetOf($ref)] : [];
    return [...target, ...Object.entries(schema).flatMap(([key, value]) => schemasUnder(key, value))];
  }

  function targetOf(ref: string): JsonSchema {
    let target: unknown = root;
    if (ref !== "#" && !ref.startsWith("#/")) throw refused(place, `"${ref.slice(0, 100)}" is no place in the schema`);
    for (const step of ref.split("/").slice(1)) {
      const key = decoded(step);
      if (typeof target !== "object" || target === null || !Object.hasOwn(target, key)) {
        throw refused(place, `"${ref.slice(0, 100)}" leads nowhere`);
      }
      target = (target as Readonly<Record<string, unknown>>)[key];
    }
    return typeof target === "object" && target !== null ? (target as JsonSchema) : {};
  }

  if (costOf(root) > mostSteps) throw refused(place, `to check a value would take more than ${mostSteps} steps`);
  for (const schema of costs.keys()) {
    for (const keyword of sameValue) {
      const ways = objectsIn(schema[keyword]).filter((way) => leadsTo(way, schema));
      // Ways that are for values of different types are one for each value.
      const types = new Set(ways.map(({ type }) => (typeof type === "string" ? type : "any")));
      if (ways.length > 1 && (types.size < ways.length || types.has("any"))) {
        throw refused(place, `its "${keyword}" leads back to itself more than once for the same value`);
      }
    }
  }
}

/** The schemas that a keyword holds; those that only count where something refers to them are left out. */
function schemasUnder(keyword: string, value: unknown): readonly JsonSchema[] {
  if (["const", "enum", "default", "examples", "$defs", "definitions"].includes(keyword)) return [];
  const byName = ["properties", "patternProperties", "dependentSchemas"].includes(keyword);
  return byName && typeof value === "object" && value !== null
    ? Object.values(value).flatMap(objectsIn)
    : objectsIn(value);
}

/** A schema, or those of a list: what is no schema costs as much as one. */
function objectsIn(value: unknown): readonly JsonSchema[] {
  if (typeof value !== "object" || value === null) return [];
  return Array.isArray(value) ? value.flatMap(objectsIn) : [value as JsonSchema];
}
