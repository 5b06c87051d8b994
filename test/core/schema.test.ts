import { describe, expect, test } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";

import { formatIssues } from "../../src/core/issue.ts";
import { schemaOf, type SchemaInput } from "../../src/core/schema.ts";
import { thrownBy } from "../support/loopback.ts";

const place = "parameters";

/** What a schema says of a value: the value, or the issues in one line. */
async function verdict(given: SchemaInput, value: unknown): Promise<unknown> {
  const result = await schemaOf(place, given).validate(value);
  return result.issues ? formatIssues(result.issues) : result.value;
}

describe("a zod schema", () => {
  const weather = z.object({
    city: z.string().min(1),
    days: z.number().default(1),
    at: z.array(z.object({ h: z.int() })),
  });

  test("gives the JSON Schema of what it takes", () => {
    expect(schemaOf(place, weather).jsonSchema).toMatchObject({ type: "object", required: ["city", "at"] });
    expect(schemaOf(place, weather).jsonSchema).not.toHaveProperty("$schema");
  });

  test("gives its own result, defaults included", async () => {
    expect(await verdict(weather, { city: "Ulm", at: [] })).toEqual({ city: "Ulm", days: 1, at: [] });
  });

  test("says where a value does not fit", async () => {
    expect(await verdict(weather, { city: "", at: [{ h: 1 }, { h: "x" }] })).toMatch(/^city: .+; at\[1\]\.h: .+number/);
  });

  test("that JSON Schema cannot say is refused with the path", () => {
    const error = thrownBy(() => schemaOf(place, z.object({ a: z.any(), b: z.object({ when: z.date() }) })));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toBe("parameters.properties.b.properties.when: Date cannot be represented in JSON Schema.");
    expect(error.hint).toContain("z.iso.datetime()");
  });

  test("whose own check throws gives an issue", async () => {
    const broken = z.string().refine(() => {
      throw new Error("no database");
    });
    expect(await verdict(broken, "a")).toBe("the schema's own check failed: no database");
  });

  test("of zod/mini comes as z.toJSONSchema(…), which brings its checks along", async () => {
    const schema = mini.object({ n: mini.number() });
    expect(thrownBy(() => schemaOf(place, schema)).hint).toContain("z.toJSONSchema");
    expect(await verdict(mini.toJSONSchema(schema), { n: "1" })).toMatch(/^n: /);
  });
});

test("a Standard Schema may be a function and answer later", async () => {
  const standard = {
    version: 1 as const,
    vendor: "ark",
    validate: (value: unknown) =>
      Promise.resolve(value === 1 ? { value: "one" } : { issues: [{ message: "not one", path: [{ key: "a" }, 0] }] }),
    jsonSchema: { input: () => ({ const: 1 }) },
  };
  const schema = Object.assign(() => undefined, { "~standard": standard });
  expect(schemaOf(place, schema).jsonSchema).toEqual({ const: 1 });
  expect(await verdict(schema, 1)).toBe("one");
  expect(await verdict(schema, 2)).toBe("a[0]: not one");
});

describe("a plain JSON Schema", () => {
  const tree = {
    type: "object",
    properties: { name: { type: "string" }, "a/b": { type: "integer" }, kids: { type: "array", items: { $ref: "#" } } },
    required: ["name"],
    additionalProperties: false,
  };

  test.each<[string, object, unknown]>([
    ["a value that fits", { name: "a", kids: [{ name: "b" }] }, { name: "a", kids: [{ name: "b" }] }],
    ["a missing key", {}, expect.stringContaining("name")],
    [
      "a wrong type below a $ref",
      { name: "a", kids: [{ name: 1 }] },
      expect.stringMatching(/^kids\[0\]\.name: .*"string"/),
    ],
    ["a key with a slash", { name: "a", "a/b": "x" }, expect.stringMatching(/^a\/b: /)],
    ["a key too many", { name: "a", x: 1 }, "x: not allowed here"],
    ["a key of a prototype", JSON.parse('{"name":"a","__proto__":{}}') as object, "__proto__: not allowed here"],
  ])("judges %s", async (_, value, expected) => {
    expect(await verdict(tree, value)).toEqual(expected);
  });

  test("is copied, and may be frozen", async () => {
    const given = Object.freeze({
      type: "object",
      properties: Object.freeze({ a: Object.freeze({ type: "string" }) }),
    });
    const { jsonSchema } = schemaOf(place, given);
    expect(jsonSchema).toEqual(given);
    expect(jsonSchema).not.toBe(given);
    expect(await verdict(given, { a: 1 })).toMatch(/^a: /);
  });

  test("is read by the draft that it names", async () => {
    const tuple = { $schema: "http://json-schema.org/draft-07/schema#", items: [{ type: "string" }] };
    expect(await verdict(tuple, [1])).toMatch(/^\[0\]: /);
    expect(await verdict({ prefixItems: [{ type: "string" }] }, [1])).toMatch(/^\[0\]: /);
  });

  test("and a value that is deeper than the stack", async () => {
    let deep: object = { name: "a" };
    for (let level = 0; level < 20_000; level += 1) deep = { name: "a", kids: [deep] };
    expect(await verdict(tree, deep)).toBe("too deep to be checked");
  });

  const circle: Record<string, unknown> = {};
  circle["not"] = circle;

  test.each<[string, unknown, string]>([
    ["is none", "string", "parameters: expected a JSON Schema or a Standard Schema, got a string."],
    ["holds itself", circle, "or it holds itself: use $ref."],
    ["holds a function", { properties: { a: () => 1 } }, "parameters.properties.a: a function that JSON cannot hold."],
    ["holds a date", { const: new Date(0) }, "parameters.const: an object that JSON cannot hold."],
    ["holds infinity", { maximum: Infinity }, "parameters.maximum: Infinity that JSON cannot hold."],
    [
      "refers to nothing",
      { properties: { a: { $ref: "#/$defs/b" } } },
      'parameters.properties.a.$ref: "#/$defs/b" is not in the schema, and nothing is fetched.',
    ],
    ["refers to the web", { $ref: "https://example.com/a.json" }, "nothing is fetched."],
    ["has a pattern that is none", { anyOf: [{ pattern: "(" }] }, 'parameters.anyOf[0].pattern: "(" is no regular'],
    ["has a key's pattern that is none", { patternProperties: { "[": {} } }, 'parameters.patternProperties: "[" is no'],
  ])("that %s is refused", (_, given, message) => {
    const error = thrownBy(() => schemaOf(place, given as SchemaInput));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(message);
  });

  test("may say $ref of a definition, an anchor and in a value that is no schema", async () => {
    const schema = {
      $defs: { "a b": { type: "string" }, c: { $anchor: "c", type: "null" } },
      enum: [{ $ref: "x" }, "x", null],
    };
    expect(await verdict({ ...schema, $ref: "#/$defs/a%20b" }, "x")).toBe("x");
    expect(await verdict({ ...schema, $ref: "#c" }, null)).toBe(null);
  });
});
