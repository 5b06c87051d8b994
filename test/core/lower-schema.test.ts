import { describe, expect, test } from "vitest";

import type { JsonSchema } from "../../src/core/json-schema.ts";
import { lowerSchema } from "../../src/core/lower-schema.ts";
import { schemaSupports } from "../support/schema-supports.ts";

const { llamacpp, vllm, "openai-compatible": unknown } = schemaSupports;
const onLlama = (schema: JsonSchema): JsonSchema => lowerSchema("output", schema, llamacpp).schema;
const relaxed = (schema: JsonSchema, support = llamacpp): readonly string[] =>
  lowerSchema("output", schema, support).relaxations.map(({ path, keyword }) => `${path} ${keyword}`);

const text = { type: "string" };
const whole = { type: "integer" };

/** A schema, and what llama-server is sent for it. */
const lowered: readonly (readonly [what: string, schema: JsonSchema, sent: JsonSchema])[] = [
  [
    "allOf is one schema",
    { allOf: [{ type: "object", properties: { a: text } }, { required: ["a"] }] },
    { type: "object", properties: { a: text }, required: ["a"] },
  ],
  ["oneOf is anyOf", { oneOf: [text, whole] }, { anyOf: [text, whole] }],
  [
    "what is beside anyOf holds in each of its options",
    { type: "integer", anyOf: [{ minimum: 5 }, { maximum: 2 }] },
    {
      anyOf: [
        { type: "integer", minimum: 5 },
        { type: "integer", maximum: 2 },
      ],
    },
  ],
  ["options that nothing fits are left out", { anyOf: [{ type: "string", minLength: 3, maxLength: 2 }, whole] }, whole],
  [
    "a reference with siblings is merged",
    { $defs: { a: { type: "integer", minimum: 1 } }, $ref: "#/$defs/a", maximum: 9 },
    { type: "integer", minimum: 1, maximum: 9 },
  ],
  [
    "a small definition stands where it is used",
    { type: "array", items: { $ref: "#/definitions/t" }, definitions: { t: text } },
    { type: "array", items: text },
  ],
  [
    "an anchor and an $id are followed",
    {
      $id: "https://x.test/s",
      properties: { a: { $ref: "#t" }, b: { $ref: "s#t" } },
      $defs: { t: { $anchor: "t", type: "string" } },
    },
    { properties: { a: text, b: text } },
  ],
  [
    "a list of types is a choice",
    { type: ["string", "null"], maxLength: 2 },
    { anyOf: [{ type: "string", maxLength: 2 }, { type: "null" }] },
  ],
  [
    "an enum keeps what fits beside it",
    { type: "string", enum: ["a", 1, null, "bcd"], minLength: 2 },
    { type: "string", enum: ["bcd"] },
  ],
  [
    "a name that must be there is a property",
    { type: "object", required: ["a"] },
    { type: "object", properties: { a: llamacpp.any }, required: ["a"] },
  ],
  [
    "names listed by propertyNames are properties",
    { type: "object", propertyNames: { enum: ["a", "b"] }, additionalProperties: whole },
    { type: "object", properties: { a: whole, b: whole }, additionalProperties: false },
  ],
  [
    "exclusive bounds of integers are bounds",
    { type: "integer", exclusiveMinimum: 1.5, exclusiveMaximum: 4 },
    { type: "integer", minimum: 2, maximum: 3 },
  ],
  [
    "a tuple of draft 7 is one of today",
    { type: "array", items: [text, whole], additionalItems: false },
    { type: "array", prefixItems: [text, whole] },
  ],
  [
    "a tuple that must be longer is a list of its kinds",
    { type: "array", prefixItems: [text], items: whole, minItems: 3 },
    { type: "array", items: { anyOf: [text, whole] }, minItems: 3 },
  ],
  [
    "a pattern is anchored and has no classes by name",
    { type: "string", pattern: "^\\d{3}-\\w$" },
    { type: "string", pattern: "^[0-9]{3}-[0-9A-Z_a-z]$" },
  ],
  [
    "names of patterns are any",
    { type: "object", patternProperties: { "^x": whole }, additionalProperties: false },
    { type: "object", additionalProperties: whole },
  ],
  ["no type means the kind that is spoken of", { properties: { a: whole } }, { properties: { a: whole } }],
  [
    "an empty schema is any value",
    { type: "object", properties: { a: {} } },
    { type: "object", properties: { a: llamacpp.any } },
  ],
  [
    "contains needs as many elements",
    { type: "array", items: text, contains: { const: "x" } },
    { type: "array", items: text, minItems: 1 },
  ],
  [
    "no others than those named, through references",
    { unevaluatedProperties: false, $ref: "#/$defs/a", $defs: { a: { type: "object", properties: { a: text } } } },
    { type: "object", properties: { a: text }, additionalProperties: false },
  ],
];

describe("a schema for a server", () => {
  test.each(lowered)("%s", (_, schema, sent) => expect(onLlama(schema)).toEqual(sent));

  test("a recursive schema refers to a definition", () => {
    const node = {
      type: "object",
      properties: { next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } },
      required: ["next"],
    };
    const sent = onLlama({ $ref: "#/$defs/node", $defs: { node } });
    expect(sent).toMatchObject({ type: "object", $defs: { node } });
    const tree = onLlama({ type: "object", properties: { children: { type: "array", items: { $ref: "#" } } } });
    expect(tree).toMatchObject({
      properties: { children: { items: { $ref: "#/$defs/value" } } },
      $defs: { value: { type: "object" } },
    });
  });

  test("a recursion through siblings ends", () => {
    const sent = onLlama({
      $defs: { a: { type: "object", properties: { a: { $ref: "#/$defs/a", required: ["b"] }, b: whole } } },
      $ref: "#/$defs/a",
    });
    expect(Object.keys(sent["$defs"] ?? {}).length).toBeLessThan(3);
  });

  test("a reference to itself alone adds nothing", () => {
    expect(onLlama({ $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }, text] } }, $ref: "#/$defs/a" })).toEqual(text);
  });

  test("definitions used many times over do not multiply", () => {
    const levels = Array.from({ length: 30 }, (_, level) => [
      `l${level}`,
      {
        type: "object",
        properties: Object.fromEntries(["a", "b", "c"].map((key) => [key, { $ref: `#/$defs/l${level + 1}` }])),
      },
    ]);
    const schema = {
      $ref: "#/$defs/l0",
      $defs: { ...Object.fromEntries(levels), l30: { type: "object", properties: { x: text } } },
    };
    expect(JSON.stringify(onLlama(schema)).length).toBeLessThan(10_000);
  });

  test("every relaxation is told, with its place, once", () => {
    const schema = {
      type: "object",
      properties: {
        a: { type: "number", minimum: 0, multipleOf: 0.5 },
        b: { type: "array", items: text, uniqueItems: true },
        "c/d": { type: "string", pattern: "^(?!x)a" },
        e: { not: { type: "string" } },
        f: { type: "string", maxLength: 100_000 },
      },
      dependentRequired: { a: ["b"] },
      minProperties: 1,
      propertyNames: { pattern: "^[a-z]" },
    };
    expect(relaxed({ ...schema, allOf: [schema] })).toEqual(
      expect.arrayContaining([
        " dependentRequired",
        " minProperties",
        " propertyNames",
        "/properties/a minimum",
        "/properties/a multipleOf",
        "/properties/b uniqueItems",
        "/properties/c~1d pattern",
        "/properties/e not",
        "/properties/f maxLength",
      ]),
    );
    expect(new Set(relaxed(schema)).size).toBe(relaxed(schema).length);
  });

  test("what is enforced is not reported", () => {
    const schema = {
      type: "object",
      properties: { a: { type: "number", minimum: 0 }, b: { type: "string", pattern: "^a+$" } },
    };
    expect(relaxed(schema, vllm)).toEqual([]);
    expect(relaxed(schema, unknown)).toEqual(["/properties/a minimum", "/properties/b pattern"]);
  });

  test("oneOf is reported where two options may fit", () => {
    const tagged = (kind: string) => ({ type: "object", properties: { kind: { const: kind } }, required: ["kind"] });
    expect(relaxed({ oneOf: [tagged("a"), tagged("b")] })).toEqual([]);
    expect(relaxed({ oneOf: [text, { type: ["integer", "null"] }] })).toEqual([]);
    expect(relaxed({ oneOf: [{ type: "integer" }, { type: "number" }] })).toEqual([" oneOf"]);
  });

  test.each([
    ["nothing", { not: {} }],
    ["two types at once", { allOf: [text, whole] }],
    ["bounds that cross", { type: "integer", minimum: 3, maximum: 2 }],
    ["a required property that nothing fits", { type: "object", properties: { a: false }, required: ["a"] }],
  ])("what nothing fits is refused: %s", (_, schema) => {
    expect(() => onLlama(schema as JsonSchema)).toThrow("output: no value fits this schema.");
  });

  test("a reference that leads nowhere is refused with its place", () => {
    const schema = { type: "object", properties: { a: { $ref: "https://x.test/y" } } };
    expect(() => onLlama(schema)).toThrow('output#/properties/a/$ref: "https://x.test/y" is not in the schema');
  });

  test("a property named __proto__ is one like any other", () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}',
    ) as JsonSchema;
    expect(JSON.stringify(onLlama(schema))).toBe(JSON.stringify(schema));
  });
});
