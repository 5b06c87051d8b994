import type { JsonSchema } from "./json-schema.ts";
import { lowerPattern } from "./lower-string.ts";
import { greatest, least, numbersOf, relaxAll, schemaOfForm, type Form, type Lowering } from "./lowering.ts";
import { allowedNames, keysOf, otherProperties, schemasOf } from "./object-facts.ts";
import type { Fact } from "./schema-facts.ts";

/**
 * What holds of an object; `false` where no object fits. `closed`: it has no property that nothing names
 * (`unevaluatedProperties`).
 */
export function lowerObject(facts: readonly Fact[], closed: boolean, lowering: Lowering): JsonSchema | false {
  const allowed = allowedNames(facts);
  const required = new Set(facts.flatMap(({ schema }) => stringsIn(schema["required"])));
  const named = new Set(
    facts.flatMap(({ schema }) => [...keysOf(schema["properties"]), ...stringsIn(schema["required"])]),
  );
  const names = allowed ? [...new Set([...named, ...allowed])].filter((name) => allowed.has(name)) : [...named];
  if (allowed && [...required].some((name) => !allowed.has(name))) return false;

  const properties: [string, JsonSchema][] = [];
  for (const name of names) {
    const form = lowering.below(schemasOf(facts, name, lowering));
    if (form === false && required.has(name)) return false;
    if (form !== false) properties.push([name, schemaOfForm(form, lowering)]);
  }
  const others = allowed || closed ? false : othersOf(facts, lowering);
  const counts = lowerCounts(
    facts,
    { required: required.size, most: others === false ? names.length : Infinity },
    lowering,
  );
  if (!counts) return false;
  const kept = others === undefined || isSayable(names, others, lowering) ? others : undefined;
  if (kept !== others) relaxAll(facts, "additionalProperties", "not beside names such as these", lowering.relax);
  const result = {
    ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
    ...(required.size > 0 ? { required: [...required] } : {}),
    ...(kept === undefined ? {} : { additionalProperties: kept }),
  };
  return properties.length > 0
    ? withoutNames(result, facts, lowering)
    : { ...result, ...counts, ...namePattern(facts, lowering) };
}

function othersOf(facts: readonly Fact[], lowering: Lowering): Form | undefined {
  const nodes = otherProperties(facts, lowering);
  return nodes && lowering.below(nodes);
}

function isSayable(names: readonly string[], others: Form, { support }: Lowering): boolean {
  return typeof others === "boolean" && !others
    ? true
    : support.awkwardNames || names.every((name) => /^\w+$/.test(name));
}

/** `undefined` where nothing fits; nothing where the counts hold anyway, or nobody counts. */
function lowerCounts(
  facts: readonly Fact[],
  { required, most }: { readonly required: number; readonly most: number },
  { support, relax }: Lowering,
): JsonSchema | undefined {
  const min = greatest(numbersOf(facts, "minProperties")) ?? 0;
  const max = least(numbersOf(facts, "maxProperties")) ?? Number.POSITIVE_INFINITY;
  if (min > Math.min(max, most) || required > max) return undefined;
  const counted = support.propertyCounts && most === Number.POSITIVE_INFINITY && required === 0;
  if (counted) {
    return { ...(min > 0 ? { minProperties: min } : {}), ...(max === Infinity ? {} : { maxProperties: max }) };
  }
  if (min > required) relaxAll(facts, "minProperties", "it is not heeded", relax);
  if (max < most) relaxAll(facts, "maxProperties", "it is not heeded", relax);
  return {};
}

/** The one pattern that all names must match, where the server heeds it. */
function namePattern(facts: readonly Fact[], lowering: Lowering): JsonSchema {
  const { support, relax } = lowering;
  let pattern: string | undefined;
  for (const fact of facts) {
    const names = fact.schema["propertyNames"];
    const patterns = keysOf(fact.schema["patternProperties"]);
    const sole = fact.schema["additionalProperties"] === false && patterns.length === 1 ? patterns[0] : undefined;
    const wanted = isObject(names) && typeof names["pattern"] === "string" ? names["pattern"] : sole;
    if (pattern === undefined && wanted !== undefined && support.namePatterns) {
      pattern = lowerPattern(fact, wanted, lowering);
      if (pattern !== undefined && (sole === undefined || names === undefined)) continue;
    }
    relaxNames([fact], relax);
  }
  return pattern === undefined ? {} : { propertyNames: { pattern } };
}

function withoutNames(result: JsonSchema, facts: readonly Fact[], { relax }: Lowering): JsonSchema {
  relaxNames(facts, relax);
  return result;
}

function relaxNames(facts: readonly Fact[], relax: Lowering["relax"]): void {
  for (const fact of facts) {
    const names = fact.schema["propertyNames"];
    if (isObject(names) && !Array.isArray(names["enum"]) && Object.keys(names).some((key) => key !== "type")) {
      relax(fact, "propertyNames", "other names may come");
    }
    if (keysOf(fact.schema["patternProperties"]).length > 0) relax(fact, "patternProperties", "names are not compared");
  }
}

const stringsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
