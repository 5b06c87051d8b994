import type { JsonSchema } from "./json-schema.ts";
import { canonical } from "./lower-values.ts";
import type { Form } from "./lowering.ts";

/** What fits one of the forms; those that say the same are one. */
export function anyOf(forms: readonly Form[]): Form {
  if (forms.includes(true)) return true;
  const options = new Map<string, JsonSchema>();
  for (const form of forms) {
    if (typeof form !== "object") continue;
    const inner =
      Object.keys(form).length === 1 && Array.isArray(form["anyOf"]) ? (form["anyOf"] as JsonSchema[]) : [form];
    for (const option of inner) options.set(canonical(option), option);
  }
  const [first, ...more] = options.values();
  if (!first) return false;
  return more.length === 0 ? first : { anyOf: [first, ...more] };
}

/** Whether no value fits two of the forms, as far as their kinds or a property that all must have tell. */
export function areApart(forms: readonly Form[]): boolean {
  const schemas = forms.filter((form) => form !== false);
  return schemas.every((form, index) => schemas.slice(index + 1).every((other) => apart(form, other)));
}

function apart(one: Form, other: Form): boolean {
  if (typeof one === "boolean" || typeof other === "boolean") return false;
  const [options, otherOptions] = [one, other].map(({ anyOf: list }) => (Array.isArray(list) ? (list as Form[]) : []));
  if (options && options.length > 0) return options.every((option) => apart(option, other));
  if (otherOptions && otherOptions.length > 0) return otherOptions.every((option) => apart(one, option));
  const [kinds, others] = [kindOf(one), kindOf(other)];
  if (kinds !== undefined && others !== undefined && kinds !== others) {
    return ![kinds, others].every((kind) => kind === "number" || kind === "integer");
  }
  const [values, otherValues] = [valuesIn(one), valuesIn(other)];
  if (values && otherValues) return !values.some((value) => otherValues.includes(value));
  return tags(one).some(([name, form]) => {
    const [, match] = tags(other).find(([candidate]) => candidate === name) ?? [];
    return match !== undefined && (valuesIn(form) ?? valuesIn(match)) !== undefined && apart(form, match);
  });
}

function kindOf(form: JsonSchema): string | undefined {
  const { type } = form;
  if (typeof type === "string") return type;
  const values = "const" in form ? [form["const"]] : form["enum"];
  if (!Array.isArray(values)) return undefined;
  const found = new Set(
    values.map((value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value)),
  );
  return found.size === 1 ? [...found][0] : undefined;
}

function valuesIn(form: JsonSchema): readonly string[] | undefined {
  if ("const" in form) return [canonical(form["const"])];
  return Array.isArray(form["enum"]) ? form["enum"].map(canonical) : undefined;
}

/** The properties that an object must have. */
function tags({ properties, required, type }: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  if (type !== "object" || !Array.isArray(required)) return [];
  return Object.entries((properties ?? {}) as Record<string, JsonSchema>).filter(([name]) => required.includes(name));
}
