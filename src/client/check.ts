import { describe } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import type { NumberRange } from "../core/sampling.ts";

/** An `invalid-request` about one option. */
export function wrong(place: string, what: string, hint?: string): InhouseError {
  return new InhouseError("invalid-request", `${place}: ${what}.`, hint === undefined ? {} : { hint });
}

/** The value if it is a string. */
export function checkString(place: string, value: unknown): string {
  if (typeof value !== "string") throw wrong(place, `expected text, got ${describe(value)}`);
  return value;
}

/** The value if it is a list of strings. */
export function checkStrings(place: string, value: unknown): readonly string[] {
  return checkList(place, value).map((entry, index) => checkString(`${place}[${index}]`, entry));
}

/** The value if it is a list. */
export function checkList(place: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(place, `expected a list, got ${describe(value)}`);
  return value;
}

/** The value if it is `true` or `false`. */
export function checkBoolean(place: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw wrong(place, `expected true or false, got ${describe(value)}`);
  return value;
}

/** The value if it is a number within the range. */
export function checkNumber(place: string, value: unknown, range: NumberRange): number {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, integer = false } = range;
  const fits = typeof value === "number" && value >= min && value <= max && (!integer || Number.isInteger(value));
  if (fits && Number.isFinite(value)) return value;
  const kind = integer ? "a whole number" : "a number";
  const low = Number.isFinite(min) ? ` from ${min}` : "";
  const high = Number.isFinite(max) ? ` up to ${max}` : "";
  const got = typeof value === "number" ? String(value) : describe(value);
  throw wrong(place, `expected ${kind}${low}${high}, got ${got}`);
}

/** The value if it is a plain object. */
export function checkObject(place: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(place, `expected an object, got ${describe(value)}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/** Refuses what is no report of `capabilities()`, as far as reports are read. */
export function checkReport(place: string, value: unknown): void {
  const model = checkObject(`${place}.model`, checkObject(place, value)["model"]);
  checkString(`${place}.model.id`, model["id"]);
  const capabilities = checkObject(`${place}.model.capabilities`, model["capabilities"]);
  for (const [name, capability] of Object.entries(capabilities)) {
    checkObject(`${place}.model.capabilities.${name}`, capability);
  }
}
