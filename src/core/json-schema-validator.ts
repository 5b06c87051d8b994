import type { OutputUnit } from "@cfworker/json-schema";

import { InhouseError } from "./error.ts";
import type { Issue } from "./issue.ts";
import { decoded, type JsonSchema } from "./json-schema.ts";

/** Says what is wrong with a value; nothing where it fits. */
export type JsonValidator = (value: unknown) => readonly Issue[];

/** Keywords that only say that something below them is wrong. */
const indirect = ["properties", "patternProperties", "items", "prefixItems", "allOf", "$ref", "additionalProperties"];

/** A validator of values against a JSON Schema, which interprets it: no code is made of a schema, so no `eval`. */
export async function jsonValidator(schema: JsonSchema): Promise<JsonValidator> {
  const { Validator } = await import("@cfworker/json-schema");
  const validator = usable(() => new Validator(structuredClone(schema), draftOf(schema), false)); // it marks what it is given
  return (value) => {
    try {
      const { valid, errors } = usable(() => validator.validate(value));
      return valid ? [] : issuesOf(errors, value);
    } catch (error) {
      if (error instanceof RangeError) return [{ path: [], message: "too deep to be checked" }];
      throw error;
    }
  };
}

/** What the validator throws is about the schema, but for a value that is too deep for it. */
function usable<Result>(use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const [message] = String(error instanceof Error ? error.message : error).split("\n");
    throw new InhouseError("invalid-request", `The schema cannot be used: ${message}`, { cause: error });
  }
}

function draftOf({ $schema }: JsonSchema): "4" | "7" | "2019-09" | "2020-12" {
  const [, draft] = /draft(?:-0|\/)([467]|2019-09)\b/.exec(String($schema)) ?? [];
  if (draft === "4" || draft === "2019-09") return draft;
  return draft === undefined ? "2020-12" : "7";
}

function issuesOf(errors: readonly OutputUnit[], value: unknown): readonly Issue[] {
  const direct = errors.filter(({ keyword }) => !indirect.includes(keyword));
  return (direct.length > 0 ? direct : errors).map(({ instanceLocation, keyword, error }) => ({
    path: pathOf(instanceLocation, value),
    message: keyword === "false" ? "not allowed here" : error.replace(/\.$/, ""),
  }));
}

/** The keys of a pointer such as `#/days/0`; those into lists as numbers. */
function pathOf(pointer: string, value: unknown): Issue["path"] {
  let at: unknown = value;
  return pointer
    .split("/")
    .slice(1)
    .map((step) => {
      const key = decoded(step);
      const place = Array.isArray(at) ? Number(key) : key;
      at = typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[place] : undefined;
      return place;
    });
}
