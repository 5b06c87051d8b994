import type { JsonSchema } from "./json-schema.ts";
import { countLimits, relaxAll, schemaOfForm, type Form, type Lowering } from "./lowering.ts";
import type { Fact } from "./schema-facts.ts";
import type { SchemaNode } from "./schema-index.ts";

/** What holds of a list; `false` where no list fits. */
export function lowerArray(facts: readonly Fact[], lowering: Lowering): JsonSchema | false {
  const { relax } = lowering;
  for (const keyword of ["uniqueItems", "contains"]) relaxAll(facts, keyword, "it is not heeded", relax);
  const limits = countLimits(facts, ["minItems", "maxItems"], lowering, fewest(facts));
  if (!limits) return false;
  const shape = shapeOf(facts, lowering);
  const { places, rest } = shape;
  const room = Math.min(limits.max ?? Number.POSITIVE_INFINITY, rest === false ? places.length : Infinity);
  if (limits.min > room) return false;
  const max = room === Number.POSITIVE_INFINITY ? undefined : room;
  if (room < places.length)
    return written({ places: places.slice(0, room), rest: false }, { ...limits, max }, lowering);
  return written(shape, { ...limits, max }, lowering);
}

interface Shape {
  /** What each of the first elements is. */
  readonly places: readonly Form[];
  /** What the elements after them are; undefined where nothing says. */
  readonly rest: Form | undefined;
}

type Limits = { readonly min: number; readonly max: number | undefined };

/** `contains` needs that many elements at least. */
function fewest(facts: readonly Fact[]): number {
  const counts = facts.map(({ schema: { contains, minContains = 1 } }) => (contains === undefined ? 0 : minContains));
  return Math.max(0, ...counts.filter((count) => typeof count === "number"));
}

function shapeOf(facts: readonly Fact[], { index, below }: Lowering): Shape {
  const placesOf = ({ schema }: Fact): readonly [string, readonly unknown[]] =>
    Array.isArray(schema["items"]) ? ["items", schema["items"]] : ["prefixItems", listIn(schema["prefixItems"])];
  const restOf = (fact: Fact): readonly SchemaNode[] => {
    const keyword = Array.isArray(fact.schema["items"]) ? "additionalItems" : "items";
    return keyword in fact.schema ? [index.child(fact, fact.schema[keyword], keyword)] : [];
  };
  const at = (place: number): readonly SchemaNode[] =>
    facts.flatMap((fact) => {
      const [keyword, list] = placesOf(fact);
      return place < list.length ? [index.child(fact, list[place], keyword, place)] : restOf(fact);
    });
  const rest = facts.flatMap(restOf);
  const count = Math.max(0, ...facts.map((fact) => placesOf(fact)[1].length));
  const places = Array.from({ length: count }, (_, place) => below(at(place)));
  const end = places.indexOf(false); // no element can stand there, hence none after it
  if (end !== -1) return { places: places.slice(0, end), rest: false };
  return { places, rest: rest.length > 0 ? below(rest) : undefined };
}

function written({ places, rest }: Shape, { min, max }: Limits, lowering: Lowering): JsonSchema {
  const { support } = lowering;
  const counts = {
    ...(min > 0 && support.itemCounts ? { minItems: min } : {}),
    ...(max !== undefined && support.itemCounts ? { maxItems: max } : {}),
  };
  const schemas = places.map((form) => schemaOfForm(form, lowering));
  if (places.length === 0) {
    if (rest === undefined && Object.keys(counts).length === 0) return {};
    return { items: schemaOfForm(rest === false ? true : (rest ?? true), lowering), ...counts };
  }
  if (support.tuples === "full") {
    return {
      prefixItems: schemas,
      ...(rest === undefined ? {} : { items: rest === true ? support.any : rest }),
      ...counts,
    };
  }
  if (support.tuples === "exact" && min <= places.length) return { prefixItems: schemas };
  const others = rest === false ? [] : [schemaOfForm(rest ?? true, lowering)];
  return { items: { anyOf: [...schemas, ...others] }, ...counts };
}

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
