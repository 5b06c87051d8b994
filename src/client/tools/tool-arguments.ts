import type { Validation } from "../../core/schema.ts";

/** The arguments of a call, read: an object, not yet checked against a schema. */
export type ArgumentsObject = Readonly<Record<string, unknown>>;

/**
 * Reads the arguments that a model wrote. Tolerant where models are careless and nothing has to be guessed: no text is no
 * arguments, and an object that stands alone in a list is taken out of it. Keys that would reach an object's prototype
 * when it is copied are dropped.
 */
export function readArguments(text: string): Validation<ArgumentsObject> {
  if (text.trim() === "") return { value: {} };
  let read: unknown;
  try {
    read = JSON.parse(text, withoutPrototypes);
  } catch (error) {
    const what = error instanceof RangeError ? "nested too deep" : "not JSON";
    return { issues: [{ path: [], message: `the arguments are ${what}` }] };
  }
  const value: unknown = Array.isArray(read) && read.length === 1 ? read[0] : read;
  if (isObject(value)) return { value };
  return { issues: [{ path: [], message: "the arguments are no JSON object" }] };
}

function withoutPrototypes(key: string, value: unknown): unknown {
  if (key === "__proto__") return undefined;
  return key === "constructor" && isObject(value) && Object.hasOwn(value, "prototype") ? undefined : value;
}

const isObject = (value: unknown): value is ArgumentsObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
