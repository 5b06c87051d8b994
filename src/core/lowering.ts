import type { JsonSchema } from "./json-schema.ts";
import type { Fact, Relax } from "./schema-facts.ts";
import type { SchemaIndex, SchemaNode } from "./schema-index.ts";
import type { SchemaSupport } from "./schema-support.ts";

/** A lowered schema; `true` is any value, `false` none. */
export type Form = JsonSchema | boolean;

/** What lowering one kind of value needs of the whole. */
export interface Lowering {
  readonly support: SchemaSupport;
  readonly index: SchemaIndex;
  readonly relax: Relax;
  /** A schema of these options that is the same one whenever a fact asks for it. */
  either(fact: Fact, options: readonly unknown[]): JsonSchema;
  /** Lowers schemas that all hold for a value inside this one. */
  below(nodes: readonly SchemaNode[]): Form;
}

/** A form as a schema: no server takes `true` everywhere. `false` must have been dealt with. */
export const schemaOfForm = (form: Form, { support }: Lowering): JsonSchema =>
  typeof form === "object" ? form : support.any;

/** The numbers that facts have under a keyword. */
export function numbersOf(facts: readonly Fact[], keyword: string): readonly number[] {
  return facts.map(({ schema }) => schema[keyword]).filter((value) => typeof value === "number");
}

/** The greatest of some lower limits; undefined where there is none. */
export const greatest = (limits: readonly number[]): number | undefined =>
  limits.length > 0 ? Math.max(...limits) : undefined;

/** The least of some upper limits; undefined where there is none. */
export const least = (limits: readonly number[]): number | undefined =>
  limits.length > 0 ? Math.min(...limits) : undefined;

/** Notes that a keyword is not heeded, at every fact that has it. */
export function relaxAll(facts: readonly Fact[], keyword: string, why: string, relax: Relax): void {
  for (const fact of facts) if (keyword in fact.schema) relax(fact, keyword, why);
}

/** Limits of a count, as far as the server counts; `undefined` where nothing fits them. */
export function countLimits(
  facts: readonly Fact[],
  [low, high]: readonly [low: string, high: string],
  { support, relax }: Lowering,
  atLeast = 0,
): { readonly min: number; readonly max: number | undefined } | undefined {
  const min = Math.ceil(Math.max(atLeast, greatest(numbersOf(facts, low)) ?? 0));
  const most = least(numbersOf(facts, high));
  const max = most === undefined ? undefined : Math.floor(most);
  if (max !== undefined && min > max) return undefined;
  const why = `it counts to ${support.maxRepetition}`;
  if (min > support.maxRepetition) relaxAll(facts, low, why, relax);
  const bounded = max === undefined || max <= support.maxRepetition;
  if (!bounded) relaxAll(facts, high, why, relax);
  return { min: Math.min(min, support.maxRepetition), max: bounded ? max : undefined };
}
