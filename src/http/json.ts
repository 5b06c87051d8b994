import { cleanText } from "../core/clean-text.ts";
import { InhouseError } from "../core/error.ts";

/** A JSON object as a server sent it: nothing is known about it but that it is one. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses JSON from a server; throws `protocol`, with `secrets` masked. `__proto__` keys are dropped, so that no copy can
 * pollute a prototype.
 */
export function parseJson(text: string, secrets: readonly string[] = []): unknown {
  try {
    return mayHaveProto(text) ? JSON.parse(text, withoutProto) : JSON.parse(text);
  } catch (cause) {
    if (cause instanceof RangeError) throw unreadable("The server sent JSON that is nested too deep.");
    if (text.trim() === "") throw unreadable("The server sent an empty reply.");
    const quotesSecret = secrets.some((secret) => text.includes(secret)); // the cause quotes the text too
    const message = `The server sent something that is not JSON: ${cleanText(text, 120, secrets)}`;
    throw new InhouseError("protocol", message, quotesSecret ? {} : { cause });
  }
}

/** What another try would not mend. */
const unreadable = (message: string): InhouseError => new InhouseError("protocol", message, { retryable: false });

/** Whether a `__proto__` key may be there, written out or with escapes of its letters. */
function mayHaveProto(text: string): boolean {
  return text.includes("__proto__") || (text.includes("\\u00") && /\\u00(?:5f|6f|7[024])/i.test(text));
}

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
/** Whether a number is a place in a list of that length. */
export const isIndex = (value: number, length: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < length;
/** The numbers of an object under names of ours, those that are there: `{ promptMs: "prompt_ms" }`. */
export function numbersOf<Name extends string>(
  value: unknown,
  names: Readonly<Record<Name, string>>,
): { readonly [name in Name]?: number } {
  const found: { [name in Name]?: number } = {};
  if (!isObject(value)) return found;
  for (const name in names) {
    const number = numberOf(value[names[name]]);
    if (number !== undefined) found[name] = number;
  }
  return found;
}
