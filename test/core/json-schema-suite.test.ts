import { expect, test } from "vitest";

import { lowerSchema } from "../../src/core/lower-schema.ts";
import { runSuite } from "../support/json-schema-suite.ts";
import { schemaSupports } from "../support/schema-supports.ts";

/** Documents whose schema our validator itself refuses, so that none is valid: there is nothing to be lost. */
const unusable = {
  "defs.json": [2, "refers to the meta-schema, which is not fetched"],
  "dynamicRef.json": [15, "refers to schemas of another address through an $id"],
  "optional/cross-draft.json": [1, "refers to a schema of another address"],
  "optional/refOfUnknownKeyword.json": [2, "refers into `examples`, below an $id"],
  "optional/unknownKeyword.json": [3, "has the same $id twice, once where it is none"],
  "ref.json": [2, "refers to the meta-schema, which is not fetched"],
  "refRemote.json": [31, "refers to schemas of other addresses"],
} as const;

/** How many of the documents that do not fit are refused by the lowered schema already: what lowering costs. */
const least = { llamacpp: 390, ollama: 390, vllm: 500, "openai-compatible": 250 } as const;

for (const [name, support] of Object.entries(schemaSupports)) {
  test(`what fits a schema of the public test suite fits what ${name} is sent`, async () => {
    const report = await runSuite(support);
    const { schemas, documents, valid, lost, invalid, stillRefused } = report;
    console.info(
      `${name}: ${schemas} schemas, ${documents} documents; ${valid - lost.length} of ${valid} valid ones stay valid, ${stillRefused} of ${invalid} others are still refused`,
    );
    expect(report.unusable).toEqual(
      Object.fromEntries(Object.entries(unusable).map(([file, [count]]) => [file, count])),
    );
    expect(valid).toBeGreaterThan(1_000);
    expect(lost).toEqual([]);
    expect(stillRefused).toBeGreaterThanOrEqual(least[name as keyof typeof least]);
  });
}

test("a lowering that takes too much is noticed", async () => {
  const { lost } = await runSuite(schemaSupports.vllm, (place, schema, support) => {
    const lowered = lowerSchema(place, schema, support);
    return { ...lowered, schema: { ...lowered.schema, maxItems: 2 } };
  });
  expect(lost.length).toBeGreaterThan(10);
});
