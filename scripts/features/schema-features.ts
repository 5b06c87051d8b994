import type { JsonSchema } from "../../src/core/json-schema.ts";

/** A keyword of JSON Schema, or a use of one, that a server may heed or not. */
export interface SchemaFeature {
  readonly name: string;
  /** What the property `v` must be. */
  readonly schema: JsonSchema | boolean;
  /** The same without the keyword: what a server makes of it that does not heed it. */
  readonly without: JsonSchema;
  /** What the model is told to write, which does not fit. */
  readonly told: unknown;
  /** Beside the schema of the object that has `v`. */
  readonly root?: JsonSchema;
}

/** Any value, said so that every server takes it. */
const any = { type: ["string", "integer", "boolean", "null", "array", "object"] };
const text = { type: "string" };
const whole = { type: "integer" };
const list = { type: "array", items: whole };
const pair = { type: "object", properties: { a: whole, b: whole } };

function of(name: string, told: unknown, without: JsonSchema, more: JsonSchema, root?: JsonSchema): SchemaFeature {
  const schema = without === any ? more : { ...without, ...more };
  return { name, schema, without, told, ...(root ? { root } : {}) };
}

/** The linter takes an object with `then` for a promise. */
const then = (schema: JsonSchema): JsonSchema => JSON.parse(`{"then":${JSON.stringify(schema)}}`) as JsonSchema;

/** Each with a value that the model is told to write and that the schema forbids. */
export const schemaFeatures: readonly SchemaFeature[] = [
  of("type", "hello", any, whole),
  of("type: a list", "hello", any, { type: ["integer", "null"] }),
  of("enum", "hello", text, { enum: ["zebra", "quagga"] }),
  of("const", "hello", text, { const: "zebra" }),
  of("const: an object", { b: 1 }, { type: "object" }, { const: { a: [7, null] } }),
  of("anyOf", "hello", any, { anyOf: [whole, { type: "null" }] }),
  of("oneOf", "hello", any, { oneOf: [whole, { type: "null" }] }),
  of("oneOf: exactly one", 4, whole, { oneOf: [{ type: "integer" }, { type: "integer", maximum: 100 }] }),
  of("anyOf beside other keywords", 4, whole, { minimum: 300, anyOf: [{ maximum: 999 }, { minimum: 5000 }] }),
  of("allOf", "hello", any, { allOf: [{ type: "integer" }, { minimum: 300 }] }),
  of("not", "hello", text, { not: { const: "hello" } }),
  of("if, then, else", 4, whole, { if: { maximum: 100 }, ...then({ const: 77 }), else: { const: 777 } }),
  of("required", {}, pair, { required: ["a", "b"] }),
  of("required: not in properties", {}, pair, { required: ["zebra"] }),
  of(
    "additionalProperties: false",
    { c: 1 },
    { type: "object" },
    { properties: { a: whole }, additionalProperties: false },
  ),
  of(
    "additionalProperties: a schema",
    { c: "hello" },
    { type: "object" },
    { additionalProperties: whole, minProperties: 1 },
  ),
  of("patternProperties", { c: "hello" }, { type: "object" }, { patternProperties: { "^c": whole } }),
  of(
    "propertyNames: a pattern",
    { c: 1 },
    { type: "object", additionalProperties: whole },
    { propertyNames: { pattern: "^zq[0-9]+$" } },
  ),
  of(
    "propertyNames: an enum",
    { c: 1 },
    { type: "object", additionalProperties: whole },
    { propertyNames: { enum: ["zebra", "quagga"] } },
  ),
  of("minProperties", {}, { type: "object", additionalProperties: whole }, { minProperties: 2 }),
  of("maxProperties", { a: 1, b: 2, c: 3 }, { type: "object", additionalProperties: whole }, { maxProperties: 1 }),
  of("dependentRequired", { a: 1 }, { ...pair, required: ["a"] }, { dependentRequired: { a: ["b"] } }),
  of("unevaluatedProperties", { c: 1 }, { type: "object" }, { properties: { a: whole }, unevaluatedProperties: false }),
  of("items", ["hello"], { type: "array" }, { items: whole, minItems: 1 }),
  of("prefixItems", [1, 2], { type: "array", minItems: 2 }, { prefixItems: [{ const: "zebra" }, whole] }),
  of(
    "prefixItems with items",
    [1, 2],
    { type: "array", minItems: 3 },
    { prefixItems: [{ const: "zebra" }], items: { type: "boolean" } },
  ),
  of("minItems", [1], list, { minItems: 4 }),
  of("maxItems", [1, 2, 3, 4, 5, 6], list, { maxItems: 2 }),
  of("contains", [1, 2], list, { contains: { const: 777 } }),
  of("uniqueItems", [1, 1, 1], { ...list, minItems: 3, maxItems: 6 }, { uniqueItems: true }),
  of("minLength", "hello", text, { minLength: 12 }),
  of("maxLength", "hello", text, { maxLength: 3 }),
  of("maxLength: 100,000", 4, any, { type: "string", maxLength: 100_000 }),
  of("pattern", "hello", text, { pattern: "^zq[0-9]{3}$" }),
  of("pattern: \\d", "hello", text, { pattern: "^\\d{3}$" }),
  of("pattern: unanchored", "hello", text, { pattern: "z[0-9]q" }),
  of("pattern: look-ahead", "hello", text, { pattern: "^(?!hello)[a-z]{5}$" }),
  of("pattern with maxLength", "hello", text, { pattern: "^[a-z]+$", maxLength: 3 }),
  of("format: date", "hello", text, { format: "date" }),
  of("format: date-time", "hello", text, { format: "date-time" }),
  of("format: uuid", "hello", text, { format: "uuid" }),
  of("format: email", "hello", text, { format: "email" }),
  of("format: ipv4", "hello", text, { format: "ipv4" }),
  of("minimum of an integer", 4, whole, { minimum: 300 }),
  of("maximum of an integer", 4000, whole, { maximum: 9 }),
  of("exclusiveMinimum of an integer", 4, whole, { exclusiveMinimum: 300 }),
  of("minimum of a number", 0.5, { type: "number" }, { minimum: 300 }),
  of("multipleOf", 4, whole, { multipleOf: 7 }),
  of("$ref", "hello", any, { $ref: "#/$defs/n" }, { $defs: { n: whole } }),
  of("$ref with siblings", 4, whole, { $ref: "#/$defs/n", minimum: 300 }, { $defs: { n: whole } }),
  of(
    "$ref: recursive",
    { c: 1 },
    any,
    { $ref: "#/$defs/n" },
    {
      $defs: {
        n: {
          type: "object",
          properties: { next: { anyOf: [{ $ref: "#/$defs/n" }, { type: "null" }] } },
          required: ["next"],
          additionalProperties: false,
        },
      },
    },
  ),
  of("$ref: to an anchor", "hello", any, { $ref: "#n" }, { $defs: { n: { $anchor: "n", type: "integer" } } }),
  of("an empty schema", "hello", whole, {}),
];

/** The schema of an object whose `v` has a feature. */
export const schemaWith = (v: JsonSchema | boolean, root: JsonSchema = {}): JsonSchema => ({
  type: "object",
  properties: { v },
  required: ["v"],
  additionalProperties: false,
  ...root,
});
