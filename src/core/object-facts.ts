import type { Lowering } from "./lowering.ts";
import type { Fact } from "./schema-facts.ts";
import type { SchemaNode } from "./schema-index.ts";

/** The keys of what should be an object. */
export const keysOf = (value: unknown): readonly string[] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];

/** The names that properties may have, where they are listed by `propertyNames`. */
export function allowedNames(facts: readonly Fact[]): ReadonlySet<string> | undefined {
  let allowed: ReadonlySet<string> | undefined;
  for (const fact of facts) {
    const listed = namesIn(fact.schema["propertyNames"]);
    if (!listed) continue;
    const before: ReadonlySet<string> | undefined = allowed;
    allowed = new Set(before ? listed.filter((name) => before.has(name)) : listed);
  }
  return allowed;
}

function namesIn(names: unknown): readonly string[] | undefined {
  if (names === false) return [];
  if (typeof names !== "object" || names === null) return undefined;
  const { enum: list, const: only } = names as { readonly enum?: unknown; readonly const?: unknown };
  const values = Array.isArray(list) ? list : only === undefined ? undefined : [only];
  return values?.filter((name) => typeof name === "string");
}

/** What all holds of the property of a name. */
export function schemasOf(facts: readonly Fact[], name: string, { index }: Lowering): readonly SchemaNode[] {
  return facts.flatMap((fact) => {
    const found: SchemaNode[] = [];
    for (const keyword of ["properties", "patternProperties"]) {
      for (const key of keysOf(fact.schema[keyword])) {
        if (keyword === "properties" ? key !== name : !new RegExp(key, "u").test(name)) continue;
        found.push(index.child(fact, (fact.schema[keyword] as Record<string, unknown>)[key], keyword, key));
      }
    }
    const { additionalProperties } = fact.schema;
    if (found.length > 0 || additionalProperties === undefined) return found;
    return [index.child(fact, additionalProperties, "additionalProperties")];
  });
}

/** What holds of all properties that no fact names; `undefined` where nothing does. */
export function otherProperties(facts: readonly Fact[], lowering: Lowering): readonly SchemaNode[] | undefined {
  const { index, either } = lowering;
  const nodes = facts.flatMap((fact) => {
    const { additionalProperties, patternProperties } = fact.schema;
    if (additionalProperties === undefined) return [];
    const patterns = keysOf(patternProperties);
    if (patterns.length === 0) return [index.child(fact, additionalProperties, "additionalProperties")];
    // Which pattern a name matches is not known: it may be any, or none.
    const options = [...Object.values(patternProperties as object), additionalProperties];
    return [index.child(fact, either(fact, options), "patternProperties")];
  });
  return nodes.length > 0 ? nodes : undefined;
}
