import { expect, test } from "vitest";
import { z } from "zod";

import type { JsonSchema } from "../../../src/index.ts";
import { refuseCostly } from "../../../src/integrations/mcp/checking-cost.ts";
import { thrownBy } from "../../support/loopback.ts";

/** A chain of so many steps, each of which leads to the next as it says. */
function chain(length: number, step: (next: JsonSchema) => JsonSchema): JsonSchema {
  const steps = Array.from({ length }, (_, index) => [`a${index}`, step({ $ref: `#/$defs/a${index + 1}` })] as const);
  const $defs = { ...Object.fromEntries(steps), [`a${length}`]: { type: "string" } };
  return { type: "object", properties: { x: { $ref: "#/$defs/a0" } }, $defs };
}

/** A fork of forty steps under the name of a property. */
function forked(name: string): JsonSchema {
  const { properties, ...rest } = chain(40, (next) => ({ allOf: [next, next] }));
  return { ...rest, properties: { [name]: { properties } } };
}

const self = { $ref: "#" };

test.each<[string, JsonSchema]>([
  ["forty forks of the same value", chain(40, (next) => ({ allOf: [next, next] }))],
  [
    "forks between steps into it",
    chain(40, (next) => ({ anyOf: [{ properties: { x: next } }, { properties: { x: next } }] })),
  ],
  ["a fork in a circle", { allOf: [{ properties: { x: self } }, { properties: { x: self } }] }],
  [
    "the same with a type",
    {
      anyOf: [
        { type: "object", properties: { x: self } },
        { type: "object", properties: { y: self } },
      ],
    },
  ],
  ["a fork under a name that is a keyword too", forked("default")],
  ["a reference to nowhere", { $ref: "#/$defs/a/b" }],
  ["a reference by anchor", { properties: { x: { $anchor: "a" }, y: { $ref: "#a" } } }],
  ["a dynamic reference", { properties: { x: { $dynamicRef: "#a" } } }],
  ["an inner $id", { properties: { x: { $id: "http://x/", $ref: "#/y" } } }],
])("%s is refused", (_, schema) => {
  expect(thrownBy(() => refuseCostly("tool", schema))).toMatchObject({ code: "invalid-request" });
});

const tree = z.object({
  value: z.number(),
  get left() {
    return tree.optional();
  },
  get right() {
    return tree.optional();
  },
});

test.each<[string, unknown]>([
  ["a tree", z.toJSONSchema(tree)],
  [
    "any JSON",
    { anyOf: [{ type: "string" }, { type: "array", items: self }, { type: "object", additionalProperties: self }] },
  ],
  ["a chain", chain(90, (next) => ({ properties: { x: next } }))],
  [
    "many names",
    z.toJSONSchema(
      z.object(Object.fromEntries(Array.from({ length: 500 }, (__, index) => [`n${index}`, z.string().optional()]))),
    ),
  ],
  ["a union of objects", z.toJSONSchema(z.union([z.object({ a: z.literal(1) }), z.object({ b: z.literal(2) })]))],
])("%s is not", (_, schema) => {
  expect(refuseCostly("tool", schema as JsonSchema)).toBeUndefined();
});
