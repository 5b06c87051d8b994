import { expectTypeOf, test } from "vitest";
import { z } from "zod";

import { schemaOf, type Validation } from "../../src/core/schema.ts";
import type { InferSchema, StandardSchema } from "../../src/index.ts";

test("a schema of zod gives the type of its output", () => {
  const schema = z.object({
    city: z.string(),
    days: z.number().default(1),
    at: z.iso.date().transform((s) => new Date(s)),
  });
  type Value = { city: string; days: number; at: Date };
  expectTypeOf<InferSchema<typeof schema>>().toEqualTypeOf<Value>();
  void (async () => {
    const result = await schemaOf("schema", schema).validate({});
    if (!result.issues) expectTypeOf(result.value).toEqualTypeOf<Value>();
    // @ts-expect-error nobody has looked whether it fits
    void (() => result.value);
  });
});

test("so does any Standard Schema", () => {
  expectTypeOf<InferSchema<StandardSchema<string, number>>>().toEqualTypeOf<number>();
});

test("a plain JSON Schema tells no type", () => {
  const schema = { type: "object", properties: { a: { type: "string" } } } as const;
  expectTypeOf<InferSchema<typeof schema>>().toEqualTypeOf<unknown>();
  expectTypeOf(schemaOf("schema", schema).validate).returns.resolves.toEqualTypeOf<Validation<unknown>>();
  // @ts-expect-error a name is no schema
  void (() => schemaOf("schema", "object"));
});
