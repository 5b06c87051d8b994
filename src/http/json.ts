import { InhouseError } from "../core/error.ts";
import { cleanText } from "./clean-text.ts";

/** A JSON object as a server sent it: nothing is known about it but that it is one. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a frame that must be a JSON object; throws `protocol` with the beginning of what it was instead. */
export function parseObject(text: string): JsonObject {
  const value = parseJson(text);
  if (isObject(value)) return value;
  throw new InhouseError("protocol", `The server sent no JSON object but: ${cleanText(text, 120)}`);
}

/** Parses JSON from a server; throws `protocol`. `__proto__` keys are dropped, so that no copy can pollute a prototype. */
export function parseJson(text: string): unknown {
  try {
    return protoKey.test(text) ? JSON.parse(text, withoutProto) : JSON.parse(text);
  } catch (cause) {
    throw new InhouseError("protocol", `The server sent something that is not JSON: ${cleanText(text, 120)}`, {
      cause,
    });
  }
}

/** Where a `__proto__` key may be, written out or with escapes. */
const protoKey = /__proto__|\\u00/;

function withoutProto(key: string, value: unknown): unknown {
  return key === "__proto__" ? undefined : value;
}

/** Whether a value is an object and neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value if it is an object, else an empty one: for reading nested replies without a step-by-step check. */
export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
/** The value if it is an array, else an empty one. */
export const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** The value if it is a string. */
export const stringOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
/** The value if it is a finite number. */
export const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
