import { z } from "zod";

import type { OutputInput } from "../../src/core/output-form.ts";
import { choice, json, regex } from "../../src/core/output-form.ts";

interface Employee {
  name: string;
  reports: Employee[];
}
const employee: z.ZodType<Employee> = z.object({
  name: z.string().max(12),
  get reports() {
    return z.array(employee).max(2);
  },
});

const point = {
  type: "object",
  properties: { x: { type: "integer" }, y: { type: "integer" } },
  required: ["x", "y"],
} as const;

/** Schemas of rising nastiness: what people write, what libraries make of it, and what the standard allows. */
export const nastySchemas: readonly (readonly [name: string, output: OutputInput])[] = [
  ["one string", z.object({ name: z.string().max(20) })],
  ["numbers", z.object({ count: z.number().int(), price: z.number() })],
  ["safe integers of zod, from 1 to 12", z.object({ month: z.int().min(1).max(12) })],
  ["a flag and null", z.object({ ok: z.boolean(), reason: z.null() })],
  ["an enum", z.object({ colour: z.enum(["red", "green", "blue"]) })],
  ["optional and nullable", z.object({ a: z.string().max(9).optional(), b: z.number().nullable() })],
  ["nested objects", z.object({ a: z.object({ b: z.object({ c: z.object({ d: z.boolean() }) }) }) })],
  [
    "a list of objects",
    z.object({
      items: z
        .array(z.object({ id: z.int().min(0).max(99) }))
        .min(1)
        .max(3),
    }),
  ],
  [
    "a list at the top",
    z
      .array(z.enum(["chair", "table"]))
      .min(2)
      .max(4),
  ],
  ["a union", z.object({ v: z.union([z.int().min(0).max(9), z.enum(["a", "b"]), z.null()]) })],
  [
    "a tagged union",
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("circle"), r: z.int().max(9) }),
      z.object({ kind: z.literal("square"), side: z.int().max(9) }),
    ]),
  ],
  ["a record of numbers", z.record(z.string().max(8), z.number())],
  ["a record with known keys", z.record(z.enum(["mon", "tue"]), z.boolean())],
  ["a record with keys of a pattern", z.record(z.string().regex(/^[a-z]{2}$/), z.int().max(9))],
  ["a tuple", z.tuple([z.enum(["a", "b"]), z.int().max(9)])],
  ["a tuple with a rest", z.tuple([z.boolean()], z.int().max(9))],
  ["dates and times", z.object({ day: z.iso.date(), at: z.iso.time({ precision: 0 }) })],
  ["a uuid", z.object({ id: z.uuid() })],
  ["an IP address", z.object({ host: z.ipv4() })],
  ["an email address of zod, with look-ahead", z.object({ email: z.email() })],
  ["an anchored pattern", z.object({ code: z.string().regex(/^[A-Z]{2}-\d{3}$/) })],
  ["a pattern that is contained", z.object({ text: z.string().max(30).regex(/\d/) })],
  ["a pattern with look-ahead", z.object({ word: z.string().regex(/^(?=[a-c])(?!b)[a-z]{3}$/) })],
  ["a pattern with quotes and backslashes", z.object({ path: z.string().regex(/^"[^"\\]{1,5}"\\n$/) })],
  ["a recursive tree", employee],
  [
    "a list through $defs",
    {
      $defs: {
        node: {
          type: "object",
          properties: {
            v: { type: "integer", maximum: 9 },
            next: { anyOf: [{ type: "null" }, { $ref: "#/$defs/node" }] },
          },
          required: ["v", "next"],
          additionalProperties: false,
        },
      },
      $ref: "#/$defs/node",
    },
  ],
  [
    "references with siblings",
    {
      $defs: { point },
      type: "object",
      properties: { a: { $ref: "#/$defs/point", required: ["x"], properties: { x: { maximum: 9 } } } },
      required: ["a"],
      additionalProperties: false,
    },
  ],
  [
    "references to properties, anchors and the root's own $id",
    {
      $id: "https://example.test/s",
      type: "object",
      properties: { a: { $anchor: "flag", type: "boolean" }, b: { $ref: "#/properties/a" }, c: { $ref: "s#flag" } },
      required: ["a", "b", "c"],
    },
  ],
  [
    "allOf of objects",
    {
      allOf: [point, { type: "object", properties: { z: { const: 0 } }, required: ["z"] }],
      unevaluatedProperties: false,
    },
  ],
  [
    "anyOf beside properties",
    { ...point, anyOf: [{ properties: { x: { const: 1 } } }, { properties: { y: { const: 2 } } }] },
  ],
  [
    "oneOf that is not exclusive",
    {
      type: "object",
      properties: {
        n: {
          oneOf: [
            { type: "integer", maximum: 9 },
            { type: "integer", multipleOf: 3, maximum: 99 },
          ],
        },
      },
      required: ["n"],
      additionalProperties: false,
    },
  ],
  [
    "if, then, else",
    {
      type: "object",
      properties: { kind: { enum: ["a", "b"] }, n: { type: "integer" } },
      required: ["kind", "n"],
      if: { properties: { kind: { const: "a" } } },
      ...(JSON.parse('{"then":{"properties":{"n":{"maximum":5}}}}') as object), // the linter takes it for a promise
      else: { properties: { n: { minimum: 6, maximum: 9 } } },
    },
  ],
  [
    "not, dependentRequired and counts",
    {
      type: "object",
      properties: { a: { type: "integer", not: { const: 1 } } },
      dependentRequired: { a: ["b"] },
      minProperties: 1,
      maxProperties: 3,
    },
  ],
  [
    "unique items, contains",
    {
      type: "array",
      items: { enum: [1, 2, 3, 4] },
      minItems: 2,
      maxItems: 3,
      uniqueItems: true,
      contains: { const: 2 },
    },
  ],
  [
    "multiples and bounds of numbers",
    z.object({ share: z.number().min(0).max(1), step: z.int().multipleOf(5).max(50) }),
  ],
  ["odd constants", { enum: ['a"b\\c', "é🐲\n", 1.5, null, { k: [true, { deep: "x" }] }, []] }],
  [
    "odd names",
    {
      type: "object",
      properties: {
        "a b": { type: "boolean" },
        'q"\\': { type: "boolean" },
        日本: { type: "boolean" },
        __proto__x: { type: "null" },
      },
      required: ["a b", 'q"\\', "日本"],
      additionalProperties: false,
    },
  ],
  [
    "empty schemas and draft 7",
    {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      properties: {
        pair: { type: "array", items: [{ type: "boolean" }, { enum: ["x"] }], additionalItems: false, minItems: 2 },
        any: {},
      },
      required: ["pair"],
      additionalProperties: false,
    },
  ],
  [
    "a long text and a long list, at most",
    z.object({ text: z.enum(["a", "b"]).or(z.string().min(3).max(50_000)), list: z.array(z.boolean()).max(5_000) }),
  ],
  [
    "100 properties of which 2 must be",
    {
      type: "object",
      properties: Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`p${at}`, { type: "boolean" }])),
      required: ["p3", "p97"],
      additionalProperties: false,
    },
  ],
];

/** The forms that are no schemas. */
export const otherForms: readonly (readonly [name: string, output: OutputInput])[] = [
  ["json()", json()],
  ["choice()", choice(["yes", 'n"o', "maybe so"])],
  ["regex()", regex(/[A-C]{2}-\d{3}( \w+)?/)],
];
