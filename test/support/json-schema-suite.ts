import { readFileSync } from "node:fs";

import { isInhouseError } from "../../src/core/error.ts";
import { jsonValidator, type JsonValidator } from "../../src/core/json-schema-validator.ts";
import type { JsonSchema } from "../../src/core/json-schema.ts";
import { lowerSchema } from "../../src/core/lower-schema.ts";
import type { SchemaSupport } from "../../src/core/schema-support.ts";
import { readOnJson } from "./read-on-json.ts";

interface SuiteCase {
  readonly description: string;
  readonly schema: JsonSchema | boolean;
  readonly tests: readonly { readonly description: string; readonly data: unknown }[];
}

const file = new URL("../fixtures/json-schema-test-suite/draft2020-12.json", import.meta.url);
const suite = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, readonly SuiteCase[]>>;

/** What became of the suite under one server's support. */
export interface SuiteReport {
  readonly schemas: number;
  readonly documents: number;
  /** Documents whose schema our own validator refuses, by file. */
  readonly unusable: Readonly<Record<string, number>>;
  /** Documents that fit the schema. */
  readonly valid: number;
  /** Of those, the ones that do not fit the lowered schema, and the schemas that could not be lowered. */
  readonly lost: readonly string[];
  /** Documents that do not fit the schema, and those of them that do not fit the lowered one either. */
  readonly invalid: number;
  readonly stillRefused: number;
}

/** Validates every document of the suite against its schema and against what is made of it for a server. */
export async function runSuite(support: SchemaSupport, lower = lowerSchema): Promise<SuiteReport> {
  const report = { schemas: 0, documents: 0, valid: 0, invalid: 0, stillRefused: 0 };
  const unusable: Record<string, number> = {};
  const lost: string[] = [];
  for (const [name, cases] of Object.entries(suite)) {
    for (const { description, schema: given, tests } of cases) {
      const schema = typeof given === "boolean" ? (given ? {} : { not: {} }) : given;
      report.schemas += 1;
      for (const { description: of, data } of tests) {
        report.documents += 1;
        const fits = await usable(async () => (await jsonValidator(schema))(data).length === 0);
        if (fits === undefined) unusable[name] = (unusable[name] ?? 0) + 1;
        if (fits === undefined) continue;
        const stays = await usable(async () => (await readingOf(schema, support, data, lower))(data).length === 0);
        if (fits) report.valid += 1;
        else report.invalid += 1;
        if (fits && stays !== true) lost.push(`${name}: ${description}: ${of}`);
        // A schema that nothing fits is not lowered: its documents are refused with it.
        if (!fits && stays !== true) report.stillRefused += 1;
      }
    }
  }
  return { ...report, unusable, lost };
}

async function readingOf(
  schema: JsonSchema,
  support: SchemaSupport,
  data: unknown,
  lower: typeof lowerSchema,
): Promise<JsonValidator> {
  return jsonValidator(readOnJson(lower("output", schema, support).schema, data) as JsonSchema);
}

/** Undefined where the schema itself is refused. */
async function usable<Result>(use: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await use();
  } catch (error) {
    if (isInhouseError(error) && error.code === "invalid-request") return undefined;
    throw error;
  }
}
