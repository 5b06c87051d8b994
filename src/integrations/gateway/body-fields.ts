import { checkBoolean, checkNumber, checkString } from "../../client/check.ts";
import { nearest } from "../../core/check-options.ts";
import { isInhouseError } from "../../core/error.ts";
import type { NumberRange } from "../../core/sampling.ts";
import { wrongField } from "./gateway-error.ts";

/** The fields of a request's body; nothing is known about them but that they came as JSON. */
export type BodyFields = Readonly<Record<string, unknown>>;

/**
 * Fields that change nothing in an answer, or that OpenAI's clients and the frameworks on them send without being asked: they
 * are taken and left, each for its reason.
 */
export const ignoredFields: Readonly<Record<string, string>> = {
  user: "names the end user to OpenAI; the gateway knows its callers by their keys",
  safety_identifier: "the same under its newer name",
  metadata: "labels for OpenAI's own dashboard",
  store: "asks OpenAI to keep the answer; nothing is kept here, whatever it says",
  service_tier: "a matter of OpenAI's prices",
  prompt_cache_key: "steers OpenAI's cache; a server of one's own finds prefixes by itself",
  prompt_cache_retention: "the same",
};

/** Longest name of a field that is compared with others, or told, in characters: to compare costs the square of it. */
const longestName = 64;

/** Fields that are known and cannot be done, with the reason that the caller is told. */
export type RefusedFields = Readonly<Record<string, string>>;

/**
 * The fields of a body that are there: null, which many clients send for nothing, is nothing. Throws a 400 that names the field
 * for what is refused, and for what is not known.
 */
export function knownFields(body: BodyFields, known: object, refused: RefusedFields): BodyFields {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined || Object.hasOwn(ignoredFields, name)) continue;
    if (Object.hasOwn(known, name)) fields[name] = value;
    else if (Object.hasOwn(refused, name)) throw wrongField(name, "this cannot be done here", refused[name]);
    else {
      const near = name.length > longestName ? undefined : nearest(name, Object.keys(known));
      const shown = name.slice(0, longestName);
      throw wrongField(shown, "unknown option", near === undefined ? undefined : `Did you mean "${near}"?`);
    }
  }
  return fields;
}

/** The check's own value, or a 400 that names the field. */
function checked<Value>(name: string, check: () => Value): Value {
  try {
    return check();
  } catch (error) {
    if (!isInhouseError(error)) throw error;
    throw wrongField(name, error.message.replace(/^[^:]+: /, "").replace(/\.$/, ""));
  }
}

/** A text field, where it is there. */
export const textField = (fields: BodyFields, name: string): string | undefined =>
  fields[name] === undefined ? undefined : checked(name, () => checkString(name, fields[name]));

/** A field that is true or false, where it is there. */
export const flagField = (fields: BodyFields, name: string): boolean | undefined =>
  fields[name] === undefined ? undefined : checked(name, () => checkBoolean(name, fields[name]));

/** A number, where it is there. */
export const numberField = (fields: BodyFields, name: string, range: NumberRange): number | undefined =>
  fields[name] === undefined ? undefined : checked(name, () => checkNumber(name, fields[name], range));

/** An object's own fields, or a 400. */
export function objectField(name: string, value: unknown): BodyFields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as BodyFields;
  throw wrongField(name, "expected an object");
}

/** Whether `stream` is asked for, and a count of tokens at its end. */
export function streaming(fields: BodyFields): { readonly stream: boolean; readonly usage: boolean } {
  const stream = flagField(fields, "stream") ?? false;
  if (fields["stream_options"] === undefined) return { stream, usage: false };
  if (!stream) throw wrongField("stream_options", "only a stream has them");
  const options = objectField("stream_options", fields["stream_options"]);
  // OpenAI's padding against an observer of lengths; lengths on a network of one's own are not hidden.
  const known = knownFields(options, { include_usage: 1, include_obfuscation: 1 }, {});
  return { stream, usage: flagField(known, "include_usage") ?? false };
}
