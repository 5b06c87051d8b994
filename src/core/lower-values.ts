import type { JsonSchema } from "./json-schema.ts";
import { relaxAll } from "./lowering.ts";
import { greatest, least, numbersOf } from "./lowering.ts";
import type { Fact, Relax } from "./schema-facts.ts";

/** The kinds of values that JSON Schema tells apart. */
export const kinds = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;
/** One of them; `integer` is a part of `number`. */
export type Kind = (typeof kinds)[number];

/** The kinds that a `type` names; undefined where there is none. */
export function kindsOf({ type }: JsonSchema): readonly Kind[] | undefined {
  const list = typeof type === "string" ? [type] : Array.isArray(type) ? type : undefined;
  return list && kinds.filter((kind) => list.includes(kind));
}

/** The kinds that all facts allow; undefined where none has a `type`. */
export function commonKinds(facts: readonly Fact[]): readonly Kind[] | undefined {
  let common: readonly Kind[] | undefined;
  for (const { schema } of facts) {
    const own = kindsOf(schema);
    if (!own) continue;
    const wide: readonly Kind[] = own.includes("number") ? [...own, "integer"] : own;
    common = common
      ? common.filter((kind) => wide.includes(kind) || (kind === "number" && own.includes("integer")))
      : own;
    // A number that must be an integer is one.
    if (!wide.includes("number") && common.includes("number")) {
      common = [...new Set(common.map((kind) => (kind === "number" ? "integer" : kind)))];
    }
  }
  return common?.includes("number") ? common.filter((kind) => kind !== "integer") : common;
}

/**
 * The values that are left where `const` or `enum` list them; undefined where nothing lists any. What else must hold of
 * them is looked at as far as it is simple, and is noted where it is not.
 */
export function valuesOf(facts: readonly Fact[], relax: Relax): readonly unknown[] | undefined {
  const lists = facts.flatMap(({ schema }) => [
    ...("const" in schema ? [[schema["const"]]] : []),
    ...(Array.isArray(schema["enum"]) ? [schema["enum"] as readonly unknown[]] : []),
  ]);
  const [first, ...others] = lists;
  if (!first) return undefined;
  const texts = others.map((list) => new Set(list.map(canonical)));
  const allowed = commonKinds(facts);
  for (const keyword of ["properties", "required", "items", "prefixItems", "multipleOf"]) {
    relaxAll(facts, keyword, "the listed values are not compared with it", relax);
  }
  return first.filter(
    (value) =>
      texts.every((list) => list.has(canonical(value))) && (!allowed || isOfKind(value, allowed)) && fits(value, facts),
  );
}

function isOfKind(value: unknown, allowed: readonly Kind[]): boolean {
  if (value === null) return allowed.includes("null");
  if (Array.isArray(value)) return allowed.includes("array");
  if (typeof value !== "number") return (allowed as readonly string[]).includes(typeof value);
  return allowed.includes("number") || (allowed.includes("integer") && Number.isInteger(value));
}

/** Whether a text or a number fits what facts say of its length, form and size. */
function fits(value: unknown, facts: readonly Fact[]): boolean {
  if (typeof value === "number") {
    return (
      value >= (greatest(numbersOf(facts, "minimum")) ?? value) &&
      value <= (least(numbersOf(facts, "maximum")) ?? value) &&
      numbersOf(facts, "exclusiveMinimum").every((bound) => value > bound) &&
      numbersOf(facts, "exclusiveMaximum").every((bound) => value < bound)
    );
  }
  if (typeof value !== "string") return true;
  const { length } = Array.from(value); // code points, as JSON Schema counts
  const patterns = facts.map(({ schema }) => schema["pattern"]).filter((pattern) => typeof pattern === "string");
  return (
    length >= (greatest(numbersOf(facts, "minLength")) ?? 0) &&
    length <= (least(numbersOf(facts, "maxLength")) ?? length) &&
    patterns.every((pattern) => new RegExp(pattern, "u").test(value))
  );
}

/** A value as text in which the order of keys says nothing. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
